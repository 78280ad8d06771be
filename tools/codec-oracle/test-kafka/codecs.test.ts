// What our codecs write, Kafka's own codecs read, and the other way round.
import { gzip } from '@sluice/compression-gzip'
import { lz4 } from '@sluice/compression-lz4'
import { snappy } from '@sluice/compression-snappy'
import { zstd } from '@sluice/compression-zstd'
import type { CompressionCodec } from '@sluice/core'
import { CodecOracle } from '@sluice/codec-oracle'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Sample {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The same numbers on every run: a linear congruential generator. */
function incompressible(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 12_345
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 23
  }
  return bytes
}

function records(count: number): Uint8Array {
  let text = ''
  for (let i = 0; i < count; i++) {
    text += `{"order":${i},"customer":"c${(i * 7919) % 10_007}","item":"umbrella ${i % 37}","price":${(i * 31) % 1000}.50}\n`
  }
  return Buffer.from(text)
}

const samples: readonly Sample[] = [
  { name: 'nothing', bytes: new Uint8Array() },
  { name: '1 byte', bytes: Uint8Array.of(7) },
  { name: '100 bytes', bytes: records(2).subarray(0, 100) },
  { name: '10,000 records', bytes: records(10_000) },
  { name: '70,000 incompressible bytes', bytes: incompressible(70_000) },
  { name: '1 MiB', bytes: records(20_000).subarray(0, 1_048_576) },
  { name: '1 MiB of zeros', bytes: new Uint8Array(1_048_576) }
]

const ours: readonly { readonly codec: CompressionCodec; readonly level: string }[] = [
  ...[-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(level => ({ codec: gzip({ level }), level: ` at level ${level}` })),
  { codec: snappy(), level: '' },
  { codec: lz4(), level: '' },
  ...[-7, 0, 1, 2, 3, 6, 9, 12, 15, 19, 22].map(level => ({ codec: zstd({ level }), level: ` at level ${level}` }))
]

const theirs: readonly { readonly codec: CompressionCodec; readonly levels: readonly (number | undefined)[] }[] = [
  { codec: gzip(), levels: [undefined, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  { codec: snappy(), levels: [undefined] },
  { codec: lz4(), levels: [undefined, 1, 3, 9, 12, 17] },
  { codec: zstd(), levels: [undefined, -7, 1, 2, 3, 6, 9, 12, 15, 19, 22] }
]

let oracle: CodecOracle

beforeAll(async () => {
  oracle = await CodecOracle.start()
})
afterAll(() => oracle.close())

/** The names of the samples that do not come back as they were. */
async function damaged(roundTrip: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<string[]> {
  const backs = await Promise.all(samples.map(({ bytes }) => roundTrip(bytes)))
  return samples.filter(({ bytes }, at) => Buffer.compare(bytes, backs[at]!) !== 0).map(({ name }) => name)
}

describe("Kafka's own codecs", () => {
  for (const { codec, level } of ours) {
    it(`read what ${codec.name}${level} writes`, async () => {
      const wrong = await damaged(async bytes => oracle.decompress(codec.name, await codec.compress(bytes)))
      expect(wrong).toEqual([])
    })
  }

  for (const { codec, level } of ours) {
    const { compressInto } = codec
    if (compressInto === undefined) continue
    it(`read what ${codec.name}${level} writes into given memory`, async () => {
      const wrong = await damaged(async bytes => {
        const memory = new Uint8Array(bytes.length + 1000)
        const written = compressInto(bytes, memory, 3)
        const packed = written === -1 ? await codec.compress(bytes) : memory.subarray(3, 3 + written)
        return oracle.decompress(codec.name, packed)
      })
      expect(wrong).toEqual([])
    })
  }

  for (const { codec, levels } of theirs) {
    for (const level of levels) {
      it(`write what ${codec.name} reads, at ${level === undefined ? 'the default level' : `level ${level}`}`, async () => {
        const wrong = await damaged(async bytes =>
          codec.decompress(await oracle.compress(codec.name, bytes, level), bytes.length)
        )
        expect(wrong).toEqual([])
      })
    }
  }
})
