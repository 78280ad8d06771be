// The compliance suite of compression codecs.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import { CompressionAlgorithms, type CompressionCodec, type MaybePromise } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, claimSameBytes, shown } from './claims.ts'
import { refusesSmallPlaces, writesInPlace, writesInPlaceLater } from './compression-in-place.ts'
import { defusesBombs, isBounded, refusesLongData, refusesShortData, survivesDamage } from './compression-refusals.ts'
import {
  bufferBytes,
  compressed,
  decompressed,
  largeBytes,
  sampleBytes,
  type CompressionSetup
} from './compression-stage.ts'
import { formatChecks } from './formats.ts'
import { afterwards } from './late-turns.ts'
import { compressedByKafka, kafkaText, noiseBytes, textBytes } from './samples.ts'

const names: Readonly<Record<number, string>> = {
  1: CompressionAlgorithms.GZIP,
  2: CompressionAlgorithms.SNAPPY,
  3: CompressionAlgorithms.LZ4,
  4: CompressionAlgorithms.ZSTD
}

const keptBytes = 65_537
const keptCalls = 32
/** A fourth of what went through: less than any codec holds that keeps inputs or results. */
const keptLimitBytes = (keptBytes * keptCalls) / 4

async function hasNameOfId({ codec }: CompressionSetup): Promise<void> {
  const name = names[codec.id]
  claim(name !== undefined, `${shown(codec.id)} is not the id of a codec: 1 gzip, 2 snappy, 3 lz4, 4 zstd`)
  claimEqual(codec.name, name, `The name of codec ${codec.id}`)
}

async function givesBack({ codec }: CompressionSetup): Promise<void> {
  const lengths = [1, 2, 31, 1000, 32_768, 32_769, 65_536, 65_537, 131_072, 131_073, largeBytes]
  const kinds = [textBytes, noiseBytes, (length: number) => new Uint8Array(length)]
  for (const length of lengths) {
    for (const kind of kinds) {
      const packed = await compressed(codec, kind(length))
      const back = await decompressed(codec, packed, length)
      claimSameBytes(back, kind(length), `${length} bytes compressed and decompressed`)
    }
  }
}

async function takesNothing({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, new Uint8Array())
  claimSameBytes(await decompressed(codec, packed, 10), new Uint8Array(), 'Nothing compressed and decompressed')
}

async function takesViews({ codec }: CompressionSetup): Promise<void> {
  const text = textBytes(sampleBytes)
  const packed = await amidOthers('compress', text, view => compressed(codec, view))
  const back = await amidOthers('decompress', packed, view => decompressed(codec, view, sampleBytes))
  claimSameBytes(back, text, 'A view compressed, and decompressed from another view')
}

/** Gives the content as a part of larger memory, of which all else must stay as it is. */
async function amidOthers(
  what: string,
  content: Uint8Array,
  act: (view: Uint8Array) => MaybePromise<Uint8Array>
): Promise<Uint8Array> {
  const whole = noiseBytes(content.length + 200)
  const before = new Uint8Array(whole)
  whole.set(content, 100)
  const result = new Uint8Array(await act(whole.subarray(100, 100 + content.length)))
  const isSame = whole.every((byte, at) => (at >= 100 && at < 100 + content.length) || byte === before[at])
  claim(isSame, `${what} wrote over memory around its input`)
  return result
}

async function leavesInputAlone({ codec }: CompressionSetup): Promise<void> {
  for (const length of [sampleBytes, largeBytes]) {
    const input = textBytes(length)
    const packed = await compressed(codec, input)
    claimSameBytes(input, textBytes(length), `compress changed its input of ${length} bytes`)
    const copy = new Uint8Array(packed)
    await decompressed(codec, packed, length)
    claimSameBytes(packed, copy, `decompress changed its input of ${copy.length} bytes`)
  }
}

async function forgetsInput({ codec }: CompressionSetup): Promise<void> {
  const input = textBytes(sampleBytes)
  const packed = await compressed(codec, input)
  const before = new Uint8Array(packed)
  input.set(noiseBytes(sampleBytes))
  await afterwards()
  claimSameBytes(packed, before, 'The result of compress changed after its input had changed')
  const back = await decompressed(codec, packed, sampleBytes)
  packed.fill(0)
  await afterwards()
  claimSameBytes(back, textBytes(sampleBytes), 'The result of decompress changed after its input had changed')
  const second = await decompressed(codec, await compressed(codec, input), sampleBytes)
  claimSameBytes(second, noiseBytes(sampleBytes), 'Memory compressed again with other content')
}

async function keepsResults({ codec }: CompressionSetup): Promise<void> {
  const first = await compressed(codec, textBytes(sampleBytes))
  const before = new Uint8Array(first)
  const raw = await decompressed(codec, first, sampleBytes)
  const second = await compressed(codec, noiseBytes(sampleBytes))
  await decompressed(codec, second, sampleBytes)
  claimSameBytes(first, before, 'A result of compress after later calls')
  claimSameBytes(raw, textBytes(sampleBytes), 'A result of decompress after later calls')
}

async function isDeterministic({ codec }: CompressionSetup): Promise<void> {
  for (const length of [sampleBytes, largeBytes]) {
    const first = await compressed(codec, textBytes(length))
    const second = await compressed(codec, textBytes(length))
    claimSameBytes(second, first, `${length} bytes compressed a second time`)
  }
}

async function overlaps({ codec }: CompressionSetup): Promise<void> {
  const seeds = [1, 2, 3, 4]
  const packed = await Promise.all(seeds.map(async seed => codec.compress(noiseBytes(largeBytes, seed))))
  const backs = await Promise.all(packed.map(async bytes => decompressed(codec, bytes, largeBytes)))
  seeds.forEach((seed, at) => {
    claimSameBytes(backs[at]!, noiseBytes(largeBytes, seed), `Call ${seed} of four that overlap`)
  })
}

async function readsKafka({ codec }: CompressionSetup): Promise<void> {
  const theirs = compressedByKafka[codec.id]
  claim(theirs !== undefined, `${codec.id} is not the id of a codec`)
  const expected = kafkaText()
  const back = await decompressed(codec, Buffer.from(theirs, 'base64'), expected.length, "Kafka's own codec had made")
  claimSameBytes(back, expected, "What Kafka's own codec wrote, decompressed")
}

async function writesForm({ codec }: CompressionSetup): Promise<void> {
  for (const length of [1, sampleBytes, largeBytes])
    formatChecks[codec.id]?.(await compressed(codec, textBytes(length)))
}

/** A few times at first: what is kept for the next call is kept once. */
async function leavesNothing({ codec }: CompressionSetup): Promise<void> {
  await useOften(codec, 8)
  const before = bufferBytes()
  await useOften(codec, keptCalls)
  const grown = bufferBytes() - before
  claim(
    grown < keptLimitBytes,
    `After ${keptCalls} calls of each method with ${keptBytes} bytes it holds ${grown} more bytes of memory than before`
  )
}

async function useOften(codec: CompressionCodec, calls: number): Promise<void> {
  const output = new Uint8Array(2 * keptBytes)
  for (let call = 0; call < calls; call++) {
    const input = noiseBytes(keptBytes, call + 1)
    await decompressed(codec, await compressed(codec, input), keptBytes)
    codec.compressInto?.(input, output, 0)
    await codec.compressIntoLater?.(input, () => output, 0)
  }
  await afterwards()
}

/**
 * For any `CompressionCodec`. A codec without `compressInto` or `compressIntoLater` passes the cases about it.
 *
 * - Bytes: what went in comes out, whatever its size, also of views and in calls that overlap; the same input gives the same bytes,
 *   in the form that every reader of the id takes; what Kafka wrote can be read.
 * - Memory: inputs, and what lies around them, stay as they are and are not kept; results are not touched again and are no part of
 *   an input; nothing is written outside the output given, nor into it once the call is over; nothing is left from call to call.
 * - Bounds: never more than `maxBytes`, nor memory for more, whatever the data claims; what is cut short, too long or damaged, little
 *   or much of it, fails with a `CompressionError`.
 */
export const compressionCompliance: readonly ComplianceCase<CompressionSetup>[] = [
  { name: 'has the name that Kafka gives its id', run: hasNameOfId },
  { name: 'gives back what it was given, whatever its size and content', run: givesBack },
  { name: 'takes nothing and gives nothing back', run: takesNothing },
  { name: 'takes views into larger memory', run: takesViews },
  { name: 'leaves its input as it is', run: leavesInputAlone },
  { name: 'keeps no hold of its input', run: forgetsInput },
  { name: 'never touches a result again', run: keepsResults },
  { name: 'keeps no memory from call to call', run: leavesNothing },
  { name: 'gives the same bytes for the same input', run: isDeterministic },
  { name: 'takes calls that overlap', run: overlaps },
  { name: 'decompresses to maxBytes and not a byte more', run: isBounded },
  { name: 'refuses a bomb in little memory', run: defusesBombs },
  { name: 'refuses data that is cut short', run: refusesShortData },
  { name: 'refuses data with bytes behind its end', run: refusesLongData },
  { name: 'answers damaged data with CompressionError or bytes within bounds', run: survivesDamage },
  { name: 'reads what the Java client writes', run: readsKafka },
  { name: 'writes the form that every reader of its id takes', run: writesForm },
  { name: 'compresses into given memory, from the place given and not beyond its end', run: writesInPlace },
  { name: 'says -1 when given memory is too small', run: refusesSmallPlaces },
  { name: 'compresses into given memory on another thread, and says -1 when it is too small', run: writesInPlaceLater }
]
