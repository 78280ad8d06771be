// Keys against what the Java client said about them (test-kafka/partitioners.test.ts).
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeKey, plainCrc32, textArbitrary } from '../../test/partition-context.ts'
import { partitionOfKey } from './keyed.ts'
import { murmur2, murmur2OfText } from './murmur2.ts'

interface JavaVectors {
  readonly partitionCount: number
  readonly keys: readonly (readonly [hash: number, partition: number])[]
  readonly checksumOf10000: number
}

// The file is made by the suite that knows this shape.
const java = JSON.parse(
  readFileSync(new URL('../../test/vectors/java-partitions.json', import.meta.url), 'utf8')
) as JavaVectors

describe('partitionOfKey', () => {
  it.each([
    ['', 275_646_681, 0, 2, 81],
    ['a', -1_563_381_124, 1, 5, 24],
    ['21', -973_932_308, 0, 3, 40],
    ['abc', 479_470_107, 0, 4, 7],
    ['foobar', -790_332_482, 0, 0, 66],
    ['a-little-bit-long-string', -985_981_536, 2, 1, 12],
    ['a-little-bit-longer-string', -1_486_304_829, 2, 0, 19],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971, 2, 3, 77]
  ])('puts %j where the Java client does, of 3, 7 and 100 partitions', (key, hash, of3, of7, of100) => {
    const bytes = Buffer.from(key)
    expect([murmur2(bytes), murmur2OfText(key)]).toEqual([hash, hash])
    expect([3, 7, 100].map(count => partitionOfKey(key, count))).toEqual([of3, of7, of100])
    expect([3, 7, 100].map(count => partitionOfKey(bytes, count))).toEqual([of3, of7, of100])
  })

  it('puts keys of every length from 0 to 99 bytes where the Java client does', () => {
    const keys = java.keys.map((_, n) => madeKey(n))
    expect(keys.map(key => [murmur2(key), partitionOfKey(key, java.partitionCount)])).toEqual(java.keys)
  })

  it('hashes 10,000 keys as the Java client does', () => {
    const hashes = Buffer.alloc(40_000)
    for (let n = 0; n < 10_000; n++) hashes.writeInt32BE(murmur2(madeKey(n)), 4 * n)
    expect(plainCrc32(hashes)).toBe(java.checksumOf10000)
  })

  it('puts a string where its UTF-8 bytes go', () => {
    const text = fc.oneof(textArbitrary(30), fc.constantFrom('\ud800', 'abc\udfff'))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 10_000 }), (key, count) => {
        expect(partitionOfKey(key, count)).toBe(partitionOfKey(Buffer.from(key), count))
      })
    )
  })

  it('hashes bytes above 127', () => {
    expect(murmur2(Buffer.from('ff80fe00ff', 'hex'))).toBe(1_693_714_603)
  })
})
