// The compliance suite of compression codecs.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import { CompressionAlgorithms, isKafkaError, systemClock, type CompressionCodec } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { collectGarbage } from './collect-garbage.ts'
import { claim, claimEqual, claimSameBytes, failureOf, shown } from './claims.ts'
import { formatChecks, looksWhole } from './formats.ts'
import { compressedByKafka, kafkaText, noiseBytes, textBytes } from './samples.ts'

export interface CompressionSetup {
  /** May be the same object for all cases. */
  readonly codec: CompressionCodec
}

const names: Readonly<Record<number, string>> = {
  1: CompressionAlgorithms.GZIP,
  2: CompressionAlgorithms.SNAPPY,
  3: CompressionAlgorithms.LZ4,
  4: CompressionAlgorithms.ZSTD
}

const sampleBytes = 3000
const largeBytes = 600_000
const roomy = 64 * 1024 * 1024
const bombBytes = 32 * 1024 * 1024
/** What a refusal of the bomb may allocate. */
const bombLimitBytes = bombBytes / 4

async function claimRefusal(action: () => unknown, what: string): Promise<void> {
  const error = await failureOf(action, what)
  claim(isKafkaError(error, 'KAFKA_COMPRESSION'), `${what} failed with ${shown(error)}, not with a CompressionError`)
}

async function compressed(codec: CompressionCodec, input: Uint8Array): Promise<Uint8Array> {
  const output = await codec.compress(input)
  claim(output instanceof Uint8Array, `compress gave ${shown(output)}, not a Uint8Array`)
  return output
}

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
      const back = await codec.decompress(packed, length)
      claimSameBytes(back, kind(length), `${length} bytes compressed and decompressed`)
    }
  }
}

async function takesNothing({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, new Uint8Array())
  claimSameBytes(await codec.decompress(packed, 10), new Uint8Array(), 'Nothing compressed and decompressed')
}

async function takesViews({ codec }: CompressionSetup): Promise<void> {
  const whole = noiseBytes(sampleBytes + 200)
  whole.set(textBytes(sampleBytes), 100)
  const packed = await compressed(codec, whole.subarray(100, 100 + sampleBytes))
  const around = noiseBytes(packed.length + 200)
  around.set(packed, 100)
  const back = await codec.decompress(around.subarray(100, 100 + packed.length), sampleBytes)
  claimSameBytes(back, textBytes(sampleBytes), 'A view compressed, and decompressed from another view')
}

async function leavesInputAlone({ codec }: CompressionSetup): Promise<void> {
  const input = textBytes(sampleBytes)
  const packed = await compressed(codec, input)
  claimSameBytes(input, textBytes(sampleBytes), 'The input after compress')
  const copy = new Uint8Array(packed)
  await codec.decompress(packed, sampleBytes)
  claimSameBytes(packed, copy, 'The input after decompress')
}

async function forgetsInput({ codec }: CompressionSetup): Promise<void> {
  const input = textBytes(sampleBytes)
  const first = await compressed(codec, input)
  const before = new Uint8Array(first)
  input.set(noiseBytes(sampleBytes))
  claimSameBytes(first, before, 'A result after its input changed')
  const second = await compressed(codec, input)
  const back = await codec.decompress(second, sampleBytes)
  claimSameBytes(back, noiseBytes(sampleBytes), 'Memory compressed again with other content')
}

async function keepsResults({ codec }: CompressionSetup): Promise<void> {
  const first = await compressed(codec, textBytes(sampleBytes))
  const before = new Uint8Array(first)
  const raw = await codec.decompress(first, sampleBytes)
  const second = await compressed(codec, noiseBytes(sampleBytes))
  await codec.decompress(second, sampleBytes)
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
  const backs = await Promise.all(packed.map(async bytes => codec.decompress(bytes, largeBytes)))
  seeds.forEach((seed, at) => {
    claimSameBytes(backs[at]!, noiseBytes(largeBytes, seed), `Call ${seed} of four that overlap`)
  })
}

async function isBounded({ codec }: CompressionSetup): Promise<void> {
  for (const length of [1, sampleBytes, largeBytes]) {
    const packed = await compressed(codec, textBytes(length))
    const most = length - 1
    await claimRefusal(() => codec.decompress(packed, most), `Decompressing ${length} bytes with maxBytes ${most}`)
  }
}

async function defusesBombs({ codec }: CompressionSetup): Promise<void> {
  const zeros = new Uint8Array(bombBytes)
  const bomb = await compressed(codec, zeros)
  // What others left would go meanwhile, and hide what this takes.
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  await claimRefusal(
    () => codec.decompress(bomb, 1000),
    `Decompressing a bomb of ${bombBytes} bytes with maxBytes 1,000`
  )
  // Used here, the zeros are alive in both counts.
  const grown = process.memoryUsage().arrayBuffers - before + zeros.length - bombBytes
  claim(grown < bombLimitBytes, `Refusing a bomb of ${bombBytes} bytes took ${grown} bytes of memory`)
}

async function refusesShortData({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, textBytes(500))
  for (let end = 0; end < packed.length; end++) {
    if (looksWhole(codec.id, packed, end)) continue
    const what = `Decompressing the first ${end} of ${packed.length} bytes`
    await claimRefusal(() => codec.decompress(packed.subarray(0, end), roomy), what)
  }
}

async function refusesLongData({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, textBytes(500))
  for (const extra of [[0], [0, 0, 0], [1, 2, 3, 4, 5]]) {
    const what = `Decompressing with ${extra.length} bytes behind the end`
    await claimRefusal(() => codec.decompress(Buffer.concat([packed, Uint8Array.from(extra)]), roomy), what)
  }
}

async function survivesDamage({ codec }: CompressionSetup): Promise<void> {
  const packed = await compressed(codec, textBytes(500))
  for (let at = 0; at < packed.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = new Uint8Array(packed)
      damaged[at]! ^= flip
      await claimRefusalOrBytes(codec, damaged, `Decompressing with byte ${at} changed by ${flip}`)
    }
  }
}

// Not every format has a checksum, so damage may go unseen; but it may do nothing worse.
async function claimRefusalOrBytes(codec: CompressionCodec, packed: Uint8Array, what: string): Promise<void> {
  const most = 5000
  try {
    const output = await codec.decompress(packed, most)
    claim(output.length <= most, `${what} gave ${output.length} bytes, more than maxBytes (${most})`)
  } catch (error) {
    claim(isKafkaError(error, 'KAFKA_COMPRESSION'), `${what} failed with ${shown(error)}, not with a CompressionError`)
  }
}

async function readsKafka({ codec }: CompressionSetup): Promise<void> {
  const theirs = compressedByKafka[codec.id]
  claim(theirs !== undefined, `${codec.id} is not the id of a codec`)
  const expected = kafkaText()
  const back = await codec.decompress(Buffer.from(theirs, 'base64'), expected.length)
  claimSameBytes(back, expected, "What Kafka's own codec wrote, decompressed")
}

async function writesForm({ codec }: CompressionSetup): Promise<void> {
  for (const length of [1, sampleBytes, largeBytes])
    formatChecks[codec.id]?.(await compressed(codec, textBytes(length)))
}

async function writesInPlace({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressInto === undefined) return
  for (const length of [1, sampleBytes, 100_000]) {
    const before = noiseBytes(2 * length + 1000)
    const memory = new Uint8Array(before)
    const [start, at, end] = [20, 37, memory.length - 20]
    const output = memory.subarray(start, end)
    const written = codec.compressInto(textBytes(length), output, at)
    if (written === -1 && worksElsewhere(codec, length)) continue
    claim(Number.isInteger(written) && written > 0, `compressInto gave ${shown(written)} for ${length} bytes`)
    const ahead = memory.subarray(0, start + at)
    claimSameBytes(ahead, before.subarray(0, start + at), 'Memory before the place given to compressInto')
    claimSameBytes(memory.subarray(end), before.subarray(end), 'Memory behind the output given to compressInto')
    const back = await codec.decompress(output.subarray(at, at + written), length)
    claimSameBytes(back, textBytes(length), `${length} bytes compressed by compressInto`)
  }
}

function worksElsewhere(codec: CompressionCodec, length: number): boolean {
  return codec.compressIntoLater !== undefined || codec.compress(textBytes(length)) instanceof Promise
}

/** What a codec may still be at when it has said that it is done. */
const lateTurns = 20

async function writesInPlaceLater({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressIntoLater === undefined) return
  const lengths = [1, sampleBytes, 100_000, largeBytes]
  const inputs = lengths.flatMap((length, seed) => [textBytes(length), noiseBytes(length, seed + 1)])
  // All at once, as batches come.
  await Promise.all(inputs.map(async input => writesOneLater(codec, input)))
  const small = textBytes(sampleBytes)
  claimEqual(await codec.compressIntoLater(small, () => new Uint8Array(20), 9), -1, 'compressIntoLater without room')
}

async function writesOneLater(codec: CompressionCodec, input: Uint8Array): Promise<void> {
  const { length } = input
  const given = new Uint8Array(input)
  const before = noiseBytes(2 * length + 1000)
  const memory = new Uint8Array(before)
  const output = memory.subarray(20, -20)
  const written = await codec.compressIntoLater!(input, () => output, 37)
  claim(Number.isInteger(written) && written > 0, `compressIntoLater gave ${shown(written)} for ${length} bytes`)
  claimSameBytes(input, given, 'The input after compressIntoLater')
  claimSameBytes(memory.subarray(0, 57), before.subarray(0, 57), 'Memory before the place given to compressIntoLater')
  claimSameBytes(memory.subarray(-20), before.subarray(-20), 'Memory behind what compressIntoLater was given')
  const packed = new Uint8Array(output.subarray(37, 37 + written))
  // Now they are somebody else's.
  input.fill(0)
  memory.fill(1)
  for (let turn = 0; turn < lateTurns; turn++) await new Promise<void>(resolve => systemClock.soon(resolve))
  const isLeft = memory.every(byte => byte === 1)
  claim(isLeft, 'compressIntoLater wrote after it had settled')
  claimSameBytes(await codec.decompress(packed, length), given, `${length} bytes compressed by compressIntoLater`)
}

async function refusesSmallPlaces({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressInto === undefined) return
  const needed = codec.compressInto(textBytes(sampleBytes), new Uint8Array(2 * sampleBytes), 0)
  for (const room of [0, 1, 5, 20, needed - 1]) {
    const written = codec.compressInto(textBytes(sampleBytes), new Uint8Array(room + 9), 9)
    claimEqual(written, -1, `compressInto with ${room} bytes of room, where ${needed} are needed,`)
  }
}

/** For any `CompressionCodec`. A codec without `compressInto` or `compressIntoLater` passes the cases about it. */
export const compressionCompliance: readonly ComplianceCase<CompressionSetup>[] = [
  { name: 'has the name that Kafka gives its id', run: hasNameOfId },
  { name: 'gives back what it was given, whatever its size and content', run: givesBack },
  { name: 'takes nothing and gives nothing back', run: takesNothing },
  { name: 'takes views into larger memory', run: takesViews },
  { name: 'leaves its input as it is', run: leavesInputAlone },
  { name: 'keeps no hold of its input', run: forgetsInput },
  { name: 'never touches a result again', run: keepsResults },
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
