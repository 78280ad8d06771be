import { expect, test } from 'vitest'
import { keyedPartition, murmur2 } from './keyed-partition.ts'

// Hash and places among 3, 7 and 100 partitions, as Kafka's own classes give them.
test.each([
  ['', 275646681, 0, 2, 81],
  ['a', -1563381124, 1, 5, 24],
  ['21', -973932308, 0, 3, 40],
  ['abc', 479470107, 0, 4, 7],
  ['foobar', -790332482, 0, 0, 66],
  ['a-little-bit-long-string', -985981536, 2, 1, 12],
  ['a-little-bit-longer-string', -1486304829, 2, 0, 19],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 2, 3, 77]
])('%s', (key, hash, ...places) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
  expect([3, 7, 100].map(count => keyedPartition(key, count))).toEqual(places)
})
