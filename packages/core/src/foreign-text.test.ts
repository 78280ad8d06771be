import { expect, test } from 'vitest'
import { foreignText } from './foreign-text.ts'

test.each([
  ['wrong password for alice', 'wrong password for alice'],
  ['first\r\n[ERROR] forged\tline\u2028\u009b31m\0', 'first [ERROR] forged line 31m'],
  ['turned \u202Earound', 'turned around'],
  ['x'.repeat(300), 'x'.repeat(300)],
  ['x'.repeat(50_000_000), `${'x'.repeat(300)}…`],
  [`${'x'.repeat(299)}😀`, `${'x'.repeat(299)}…`],
  ['größer als 1 MiB', 'größer als 1 MiB'],
  ['\n', '']
])('what the other side says is one short line without control characters (case %#)', (text, shown) => {
  expect(foreignText(text)).toBe(shown)
})

test('a text that repeats a secret is not shown, nor where it would be cut', () => {
  for (const text of ['unknown password hunter2', `${'x'.repeat(297)}hunter2`])
    expect(foreignText(text, 'hunter2')).toBe('what it said is not shown: it repeats the credentials')
  expect(foreignText('unknown password', 'hunter2')).toBe('unknown password')
})
