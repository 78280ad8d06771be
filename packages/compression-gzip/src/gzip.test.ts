// gzip's levels, its bytes, its two paths and what it refuses.
import { isKafkaError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { gunzipSync } from 'node:zlib'
import { gzip } from './index.ts'

const small = Buffer.from('{"order":1}\n'.repeat(100))
const large = Buffer.from('{"order":1}\n'.repeat(20_000))

function failureOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail')
}

describe('gzip levels', () => {
  it('go from -1 to 9, and -1 is 6', async () => {
    const outputs = await Promise.all(
      [-1, 0, 1, 6, 9].map(async level => Buffer.from(await gzip({ level }).compress(small)).toString('hex'))
    )
    const [own, none, fast, six, best] = outputs
    expect(own).toBe(six)
    expect(new Set([none, fast, six, best]).size).toBe(4)
    expect(none!.length / 2).toBeGreaterThan(small.length)
  })

  it('are checked at once, and a wrong one is named', () => {
    for (const level of [-2, 10, 1.5, NaN, '6', null]) {
      // Wrong types on purpose.
      const error = failureOf(() => gzip({ level: level as number }))
      expect(isKafkaError(error, 'KAFKA_INVALID_ARGUMENT')).toBe(true)
      expect((error as Error).message).toBe(`gzip level must be an integer from -1 to 9, not ${String(level)}`)
    }
  })

  it('are an option; what is none is refused, not ignored', () => {
    // Wrong types on purpose.
    const wrong: [options: unknown, message: string][] = [
      [6, 'The options of gzip must be an object, such as { level: … }, not 6'],
      [{ lvel: 6 }, 'There is no option lvel of gzip: it has level']
    ]
    for (const [options, message] of wrong) expect(() => gzip(options as object)).toThrow(message)
  })

  it('may be left undefined', async () => {
    expect(await gzip({ level: undefined }).compress(small)).toEqual(await gzip().compress(small))
  })
})

describe('gzip data', () => {
  it('has one member without a time stamp', async () => {
    const packed = Buffer.from(await gzip().compress(small))
    expect(packed.subarray(0, 8).toString('hex')).toBe('1f8b080000000000')
    expect(gunzipSync(packed).equals(small)).toBe(true)
  })

  it('is made at once up to 12 KiB and later above, as if by one path', async () => {
    const codec = gzip()
    expect(codec.compress(large.subarray(0, 12_288))).toBeInstanceOf(Uint8Array)
    const later = codec.compress(large.subarray(0, 12_289))
    expect(later).toBeInstanceOf(Promise)
    expect(gunzipSync(await later).equals(large.subarray(0, 12_289))).toBe(true)
  })

  it('may have several members, as other writers make it', async () => {
    const codec = gzip()
    const members = Buffer.concat([await codec.compress(small), await codec.compress(large)])
    const back = await codec.decompress(members, small.length + large.length)
    expect(Buffer.concat([small, large]).equals(back)).toBe(true)
  })
})

describe('gzip refuses', () => {
  it('large data that is cut short, as CompressionError from a promise', async () => {
    const noise = Buffer.from(Array.from({ length: 90_000 }, (_, at) => (at * at * 31 + (at >> 3)) & 0xff))
    const packed = await gzip({ level: 0 }).compress(noise)
    const error = await Promise.resolve(gzip().decompress(packed.subarray(0, 80_000), 100_000)).catch(
      (reason: unknown) => reason
    )
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
    expect((error as Error).message).toBe('gzip data of 80000 bytes is corrupt: unexpected end of file')
  })

  it('a megabyte that expands to a gigabyte, in a few megabytes of memory', async () => {
    const codec = gzip()
    const member = await codec.compress(new Uint8Array(2 ** 26))
    const bomb = Buffer.concat(Array<Uint8Array>(16).fill(member))
    expect(bomb.length).toBeGreaterThan(1_000_000)
    const before = process.memoryUsage().arrayBuffers
    const error = await Promise.resolve(codec.decompress(bomb, 1_048_576)).catch((reason: unknown) => reason)
    const grown = process.memoryUsage().arrayBuffers - before
    expect((error as Error).message).toBe(`gzip data of ${bomb.length} bytes expands to more than 1048576 bytes`)
    expect(grown).toBeLessThan(16_000_000)
  })

  it('any byte where nothing may come', () => {
    const codec = gzip()
    const nothing = codec.compress(new Uint8Array()) as Uint8Array
    expect(codec.decompress(nothing, 0)).toHaveLength(0)
    const one = codec.compress(Uint8Array.of(7)) as Uint8Array
    expect(
      isKafkaError(
        failureOf(() => codec.decompress(one, 0)),
        'KAFKA_COMPRESSION'
      )
    ).toBe(true)
  })
})
