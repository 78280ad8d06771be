import { expect, test } from 'vitest'
import { ProgressLine } from './progress-line.ts'

function written(isTTY: boolean): string[] {
  const texts: string[] = []
  let nowMs = 0
  const line = new ProgressLine({ isTTY, write: text => texts.push(text) }, 100, () => nowMs)
  line.ran(10, 0)
  nowMs = 100
  line.ran(10, 0)
  nowMs = 1_000
  line.ran(10, 2)
  line.clear()
  return texts.map(text => text.replace('\r\u001b[2K', ''))
}

test('a terminal is told now and then how far the runs are', () => {
  expect(written(true)).toEqual(['10 of 100 runs, 10000 seeds/s', '30 of 100 runs, 30 seeds/s, 2 failed', ''])
})

test('a pipe is told nothing', () => {
  expect(written(false)).toEqual([])
})
