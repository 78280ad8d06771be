// Cases about what a codec must not decompress, and what it may cost to find that out.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import { isKafkaError, type CompressionCodec } from '@sluice/core'
import { claim, failureOf, shown } from './claims.ts'
import { bufferBytes, compressed, largeBytes, sampleBytes, type CompressionSetup } from './compression-stage.ts'
import { claimingMuch, looksWhole } from './formats.ts'
import { textBytes } from './samples.ts'

const roomy = 64 * 1024 * 1024
const bombBytes = 32 * 1024 * 1024
/** What a refusal of the bomb may allocate. */
const bombLimitBytes = bombBytes / 4
const someBytes = 500

async function claimRefusal(action: () => unknown, what: string): Promise<void> {
  const error = await failureOf(action, what)
  claim(isKafkaError(error, 'KAFKA_COMPRESSION'), `${what} failed with ${shown(error)}, not with a CompressionError`)
}

export async function isBounded({ codec }: CompressionSetup): Promise<void> {
  for (const length of [1, sampleBytes, largeBytes]) {
    const packed = await compressed(codec, textBytes(length))
    const most = length - 1
    await claimRefusal(() => codec.decompress(packed, most), `Decompressing ${length} bytes with maxBytes ${most}`)
  }
}

export async function defusesBombs({ codec }: CompressionSetup): Promise<void> {
  const zeros = new Uint8Array(bombBytes)
  const bomb = await compressed(codec, zeros)
  const what = `Decompressing a bomb of ${bombBytes} bytes with maxBytes 1,000`
  await claimCheap(`Refusing a bomb of ${bombBytes} bytes`, () =>
    claimRefusal(() => codec.decompress(bomb, 1000), what)
  )
  // Used here, the zeros are alive in both counts.
  claim(zeros.length === bombBytes, 'The zeros are gone')
  for (const liar of claimingMuch[codec.id] ?? []) {
    const claimed = 'Decompressing a byte that claims to be half a gigabyte, with maxBytes 1,000,'
    await claimCheap(claimed, () => claimRefusalOrBytes(codec, liar, 1000, claimed))
  }
}

async function claimCheap(what: string, action: () => Promise<void>): Promise<void> {
  const before = bufferBytes()
  await action()
  const grown = process.memoryUsage().arrayBuffers - before
  claim(grown < bombLimitBytes, `${what} took ${grown} bytes of memory`)
}

export async function refusesShortData({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, textBytes(someBytes))
  for (let end = 0; end < packed.length; end++) await claimShort(codec, packed, end)
  const large = await compressed(codec, textBytes(largeBytes))
  for (let part = 1; part < 8; part++) await claimShort(codec, large, Math.floor((large.length * part) / 8))
  for (let missing = 1; missing < 8; missing++) await claimShort(codec, large, large.length - missing)
}

async function claimShort(codec: CompressionCodec, packed: Uint8Array, end: number): Promise<void> {
  if (looksWhole(codec.id, packed, end)) return
  const what = `Decompressing the first ${end} of ${packed.length} bytes`
  await claimRefusal(() => codec.decompress(packed.subarray(0, end), roomy), what)
}

export async function refusesLongData({ codec }: CompressionSetup): Promise<void> {
  for (const length of [someBytes, largeBytes]) {
    const packed = await compressed(codec, textBytes(length))
    for (const extra of [[0], [0, 0, 0], [1, 2, 3, 4, 5]]) {
      const what = `Decompressing ${packed.length} bytes with ${extra.length} more behind the end`
      await claimRefusal(() => codec.decompress(Buffer.concat([packed, Uint8Array.from(extra)]), roomy), what)
    }
  }
}

export async function survivesDamage({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, textBytes(someBytes))
  for (let at = 0; at < packed.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) await claimUnharmed(codec, packed, at, flip, 10 * someBytes)
  }
  const large = await compressed(codec, textBytes(largeBytes))
  for (let part = 0; part < 8; part++) {
    await claimUnharmed(codec, large, Math.floor((large.length * part) / 8), 0xff, largeBytes)
  }
  await claimUnharmed(codec, large, large.length - 1, 0x01, largeBytes)
}

async function claimUnharmed(
  codec: CompressionCodec,
  packed: Uint8Array,
  at: number,
  flip: number,
  most: number
): Promise<void> {
  const damaged = new Uint8Array(packed)
  damaged[at]! ^= flip
  await claimRefusalOrBytes(codec, damaged, most, `Decompressing with byte ${at} changed by ${flip}`)
}

// Not every format has a checksum, so damage may go unseen; but it may do nothing worse.
async function claimRefusalOrBytes(
  codec: CompressionCodec,
  packed: Uint8Array,
  most: number,
  what: string
): Promise<void> {
  let output: unknown
  try {
    output = await codec.decompress(packed, most)
  } catch (error) {
    claim(isKafkaError(error, 'KAFKA_COMPRESSION'), `${what} failed with ${shown(error)}, not with a CompressionError`)
    return
  }
  claim(output instanceof Uint8Array, `${what} gave ${shown(output)}, not a Uint8Array`)
  claim(output.length <= most, `${what} gave ${output.length} bytes, more than maxBytes (${most})`)
}
