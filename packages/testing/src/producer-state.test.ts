import { describe, expect, test } from 'vitest'
import {
  judgeSequence,
  lastSequenceOf,
  rememberBatch,
  type BatchIdentity,
  type ProducerEntry
} from './producer-state.ts'

const lenient = { acceptUnknownProducer: true }
const strict = { acceptUnknownProducer: false }

type Written = readonly [epoch: number, sequence: number, records: number]

function identity([producerEpoch, baseSequence, records]: Written): BatchIdentity {
  return { producerId: 9n, producerEpoch, baseSequence, lastOffsetDelta: records - 1 }
}

function after(written: readonly Written[]): ProducerEntry | undefined {
  let entry: ProducerEntry | undefined
  let offset = 100n
  for (const batch of written) {
    entry = rememberBatch(entry, identity(batch), { baseOffset: offset, logAppendTimeMs: -1n, nowMs: 0 })
    offset += BigInt(batch[2])
  }
  return entry
}

function verdict(
  written: readonly Written[],
  next: Written,
  rules: { acceptUnknownProducer: boolean } = lenient
): string {
  const judged = judgeSequence(after(written), identity(next), rules)
  if (judged.kind === 'duplicate') return `duplicate of ${judged.batch.baseOffset}`
  return judged.kind === 'reject' ? `error ${judged.errorCode}` : 'append'
}

const top = 2 ** 31 - 1
const six: readonly Written[] = [0, 1, 2, 3, 4, 5].map(sequence => [0, sequence, 1])

describe('producer state', () => {
  const cases: readonly [name: string, written: readonly Written[], next: Written, expected: string][] = [
    ['the first batch from 0', [], [0, 0, 3], 'append'],
    ['any first sequence of an unknown producer', [], [0, 17, 1], 'append'],
    ['what follows', [[0, 0, 3]], [0, 3, 1], 'append'],
    ['what follows an unusual beginning', [[0, 17, 2]], [0, 19, 1], 'append'],
    ['a gap', [[0, 0, 3]], [0, 4, 1], 'error 45'],
    ['an overlap', [[0, 0, 3]], [0, 2, 2], 'error 45'],
    ['the same batch again', [[0, 0, 3]], [0, 0, 3], 'duplicate of 100'],
    ['a batch of the same beginning and another length', [[0, 0, 3]], [0, 0, 2], 'error 45'],
    ['the oldest of five', six.slice(0, 5), [0, 0, 1], 'duplicate of 100'],
    ['the newest of five', six.slice(0, 5), [0, 4, 1], 'duplicate of 104'],
    ['a duplicate older than five', six, [0, 0, 1], 'error 45'],
    ['the second oldest of six', six, [0, 1, 1], 'duplicate of 101'],
    ['an older epoch', [[3, 0, 1]], [2, 1, 1], 'error 47'],
    [
      'a duplicate under an older epoch',
      [
        [2, 0, 1],
        [3, 0, 1]
      ],
      [2, 0, 1],
      'error 47'
    ],
    ['a newer epoch from 0', [[3, 0, 5]], [4, 0, 1], 'append'],
    ['a newer epoch from elsewhere', [[3, 0, 5]], [4, 5, 1], 'error 45'],
    [
      'what follows in the newer epoch',
      [
        [3, 0, 5],
        [4, 0, 2]
      ],
      [4, 2, 1],
      'append'
    ],
    ['0 after the largest sequence', [[0, top, 1]], [0, 0, 1], 'append'],
    ['a batch across the wrap', [[0, top - 2, 2]], [0, top, 4], 'append'],
    ['what follows a batch across the wrap', [[0, top, 4]], [0, 3, 1], 'append'],
    ['a duplicate across the wrap', [[0, top, 4]], [0, top, 4], 'duplicate of 100'],
    ['1 after the largest sequence', [[0, top, 1]], [0, 1, 1], 'error 45']
  ]
  test.each(cases)('judges %s', (_name, written, next, expected) => {
    expect(verdict(written, next)).toBe(expected)
  })

  test('can insist that an unknown producer starts at 0', () => {
    expect(verdict([], [0, 17, 1], strict)).toBe('error 45')
    expect(verdict([], [5, 0, 1], strict)).toBe('append')
  })

  test('counts the last sequence of a batch modulo 2^31', () => {
    expect(lastSequenceOf(identity([0, top, 1]))).toBe(top)
    expect(lastSequenceOf(identity([0, top - 1, 4]))).toBe(1)
  })
})
