import { describe, expect, test } from 'vitest'
import { fateOf } from './evidence.ts'

describe('what an answer proves', () => {
  test.each([
    ['an acknowledgement', 0, 5, 'acked'],
    ['a duplicate', 46, -1, 'acked'],
    ['no leader before the append', 6, -1, 'refused'],
    ['no leader after the append', 6, 12, 'uncertain'],
    ['no topic after the append', 3, 12, 'uncertain'],
    ['out of order', 45, -1, 'out-of-order'],
    ['too large', 10, -1, 'refused'],
    ['too few replicas before the append', 19, -1, 'refused'],
    ['too few replicas after the append', 20, -1, 'uncertain'],
    ['a timeout at the broker', 7, -1, 'uncertain'],
    ['a disk that failed', 56, -1, 'uncertain'],
    ['an unknown error', -1, -1, 'uncertain'],
    ['an error of the future', 999, -1, 'uncertain']
  ] as const)('%s', (_, errorCode, baseOffset, fate) => {
    expect(fateOf(errorCode, baseOffset, -1)).toBe(fate)
  })

  test('of a broker whose offsets say nothing no error that may come after the append is a refusal', () => {
    expect([3, 6, 19].map(errorCode => fateOf(errorCode, -1, -1, false))).toEqual(['uncertain', 'uncertain', 'refused'])
    expect(fateOf(6, -1, 1, false)).toBe('refused')
  })

  test('who does not wait for replicas cannot lose leadership between append and answer', () => {
    expect(fateOf(6, 0, 1)).toBe('refused')
  })
})
