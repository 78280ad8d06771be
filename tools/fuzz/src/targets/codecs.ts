// Decompression by every codec: streams that are damaged, and streams that claim to be endless.
import { gzip } from '@sluice/compression-gzip'
import { lz4 } from '@sluice/compression-lz4'
import { snappy } from '@sluice/compression-snappy'
import { zstd } from '@sluice/compression-zstd'
import type { CompressionCodec } from '@sluice/core'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Dice } from '../dice.ts'
import { Finding } from '../finding.ts'
import { unpackLz4 } from '../models/lz4-model.ts'
import { unpackSnappy } from '../models/snappy-model.ts'
import { lz4Frame, snappyStream, withoutSize, zstdFrame } from '../models/block-maker.ts'
import { repairLz4 } from '../models/lz4-repair.ts'
import { mostInputBytes } from '../mutate.ts'
import { outline, type Probe } from '../probe.ts'
import type { Target } from '../target.ts'

/** The first byte of an input chooses the limit. */
const limits = [0, 1, 100, 4096, 65_536, 1_000_000] as const

/** More than that gzip compresses on another thread. */
const mostGzipBytes = 12_288

interface Setup {
  readonly codec: CompressionCodec
  /** What the bytes expand to, by other code; null if they are damaged. */
  readonly model?: (bytes: Buffer, maxBytes: number) => Buffer | null
  readonly repair?: (bytes: Buffer) => Buffer
  /** A stream put together by hand. */
  readonly make?: (dice: Dice) => Buffer
}

const zstdCodec = zstd()

const setups: readonly Setup[] = [
  { codec: gzip(), model: unzip },
  { codec: snappy(), model: unpackSnappy, make: snappyStream },
  { codec: lz4(), model: unpackLz4, repair: repairLz4, make: lz4Frame },
  {
    codec: zstdCodec,
    make: dice => (dice.chance(0.5) ? zstdFrame(dice) : withoutSize(compressed(zstdCodec, contentOf(dice))))
  }
]

export const codecTargets: readonly Target[] = setups.map(setup => {
  const { codec, repair, make } = setup
  const grow = (dice: Dice): Uint8Array =>
    make !== undefined && dice.chance(0.6) ? make(dice) : compressed(codec, contentOf(dice))
  return {
    group: 'decompress',
    variant: codec.name,
    mostMs: 1000,
    seeds: () => seedsOf(codec),
    grow: dice => Buffer.concat([dice.bytes(1), grow(dice)]),
    ...(repair === undefined
      ? {}
      : { repair: input => Buffer.concat([input.subarray(0, 1), repair(input.subarray(1))]) }),
    // Twice, each time perhaps in pieces that are put together, in steps of a chunk.
    mostBytes: input => 6 * limitOf(input) + 4 * input.length + 400_000,
    run: (input, probe) => judge(setup, input, probe)
  }
})

function limitOf(input: Uint8Array): number {
  return limits[(input[0] ?? 0) % limits.length]!
}

function judge({ codec, model }: Setup, input: Uint8Array, probe: Probe): string {
  const maxBytes = limitOf(input)
  const data = input.subarray(1)
  const expand = (dirt: number): { value: Uint8Array | null; error: Error | null } =>
    probe.attempt(['KAFKA_COMPRESSION'], () => atOnce(codec.decompress(data, maxBytes)), dirt)
  const first = expand(0xa5)
  const second = expand(0x5a)
  if ((first.error === null) !== (second.error === null))
    throw new Finding('wrong value', 'the second time it is not the same')
  const expected = model?.(Buffer.from(data), maxBytes)
  if (first.value === null || second.value === null) {
    if (expected !== undefined && expected !== null)
      throw new Finding('wrong value', `${expected.length} bytes were refused: ${first.error?.message}`)
    return `${maxBytes} ${outline(first.error!)}`
  }
  const output = Buffer.from(first.value)
  if (output.length > maxBytes) throw new Finding('memory', `${output.length} bytes came out, more than ${maxBytes}`)
  // Memory was filled with something else each time.
  if (!output.equals(second.value)) throw new Finding('wrong value', 'memory that nobody wrote to came out')
  if (expected === null) throw new Finding('wrong value', 'damaged data was expanded')
  if (expected !== undefined && !output.equals(expected))
    throw new Finding('wrong value', 'it expands to something else')
  // Beyond that, some codecs work on another thread.
  if (output.length > 65_536) return `${maxBytes} expanded far`
  const again = atOnce(codec.decompress(compressed(codec, output), maxBytes))
  if (!output.equals(again)) throw new Finding('wrong value', 'what came out does not survive its compression')
  return `${maxBytes} expanded to 2^${Math.floor(Math.log2(output.length + 1))}`
}

function atOnce(result: Uint8Array | Promise<Uint8Array>): Uint8Array {
  if (result instanceof Promise) throw new Error(`More than ${mostInputBytes} bytes went to another thread`)
  return result
}

function compressed(codec: CompressionCodec, content: Buffer): Uint8Array {
  const room = Buffer.alloc(content.length + 4096)
  const bytes = codec.compressInto?.(content, room, 0) ?? -1
  if (bytes >= 0) return room.subarray(0, bytes)
  if (codec.name === 'gzip' && content.length > mostGzipBytes) return gzipSync(content)
  const result = codec.compress(content)
  if (result instanceof Promise) throw new Error(`${codec.name} compresses ${content.length} bytes later`)
  return result
}

/** Small ones, and such as become much larger. */
function seedsOf(codec: CompressionCodec): Buffer[] {
  const contents = [0, 1, 20, 300, 5000].map(length => Buffer.alloc(length, 'abcdefgh1234567'))
  const bomb = Buffer.alloc(65_536)
  const pieces = [...contents, bomb].map(content => Buffer.from(compressed(codec, content)))
  const several = Buffer.concat([pieces[3]!, pieces[4]!])
  return [...pieces, several, Buffer.concat(Array.from({ length: 40 }, () => pieces[5]!))].flatMap(piece =>
    [2, 5].map(limit => Buffer.concat([Buffer.of(limit), piece]).subarray(0, mostInputBytes))
  )
}

function contentOf(dice: Dice): Buffer {
  const word = dice.bytes(1 + dice.skewed(30))
  return Buffer.concat(Array.from({ length: 1 + dice.skewed(40) }, () => (dice.chance(0.8) ? word : dice.bytes(8))))
}

/** zlib itself, without a limit that stops it halfway. Bytes after the last member are damage. */
function unzip(bytes: Buffer, maxBytes: number): Buffer | null {
  try {
    const options = { info: true, maxOutputLength: 2 ** 26 }
    const result: unknown = gunzipSync(bytes, options)
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } }
    return engine.bytesWritten < bytes.length || buffer.length > maxBytes ? null : buffer
  } catch {
    return null
  }
}
