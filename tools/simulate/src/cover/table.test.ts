import { expect, test } from 'vitest'
import type { FileCoverage } from './files.ts'
import { coverageLines, uncoveredLines } from './table.ts'

const files: FileCoverage[] = [
  {
    package: 'producer',
    file: 'producer/src/a.ts',
    lines: new Map([
      [1, 5],
      [2, 0],
      [7, 1]
    ]),
    branches: new Map([
      ['1:2 if 0', 3],
      ['1:2 if 1', 0]
    ])
  },
  { package: 'base', file: 'base/src/b.ts', lines: new Map([[1, 1]]), branches: new Map() }
]

test('a row per package: what ran, of how much', () => {
  expect(coverageLines(files).map(line => line.trim().replaceAll(/ +/g, ' '))).toEqual([
    'lines branches',
    'producer 66.7 % (2 of 3) 50.0 % (1 of 2)',
    'base 100.0 % (1 of 1) 0.0 % (0 of 0)',
    'connection 0.0 % (0 of 0) 0.0 % (0 of 0)'
  ])
})

test('only files in which something did not run are named', () => {
  expect(uncoveredLines(files)).toEqual(['  producer/src/a.ts: lines 2; branches 1:2 if 1'])
})
