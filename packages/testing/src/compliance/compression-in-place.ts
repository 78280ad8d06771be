// Cases about codecs that write into memory they are given: at once, and on another thread.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import type { CompressionCodec } from '@sluice/core'
import { claim, claimEqual, claimSameBytes, shown } from './claims.ts'
import { decompressed, largeBytes, sampleBytes, type CompressionSetup } from './compression-stage.ts'
import { afterwards } from './late-turns.ts'
import { noiseBytes, textBytes } from './samples.ts'

const borderBytes = 20

/*
 * One memory, as a producer's batches share it, of which a codec may touch nothing but its output from `at` on:
 *
 *   border | input | border | border | output: ...at, room | border
 */
class Ground {
  readonly input: Uint8Array
  readonly output: Uint8Array
  readonly at: number
  readonly #what: string
  readonly #memory: Uint8Array
  readonly #before: Uint8Array

  /** @param what the method that is tried */
  constructor(what: string, content: Uint8Array, roomBytes: number, at = 37) {
    this.#what = what
    this.at = at
    const start = content.length + 3 * borderBytes
    this.#memory = noiseBytes(start + this.at + roomBytes + borderBytes)
    this.#memory.set(content, borderBytes)
    this.input = this.#memory.subarray(borderBytes, borderBytes + content.length)
    this.output = this.#memory.subarray(start, -borderBytes)
    this.#before = new Uint8Array(this.#memory)
  }

  claimInputUntouched(): void {
    const end = borderBytes + this.input.length
    this.#claimSame(0, borderBytes, 'wrote in front of its input')
    this.#claimSame(borderBytes, end, 'changed its input')
    this.#claimSame(end, end + borderBytes, 'wrote behind the end of its input')
  }

  claimOutputKept(): void {
    const start = this.output.byteOffset
    this.#claimSame(start - borderBytes, start + this.at, 'wrote in front of the place it was given')
    this.#claimSame(start + this.output.length, this.#memory.length, 'wrote behind the end of its output')
  }

  #claimSame(start: number, end: number, deed: string): void {
    const isSame = Buffer.compare(this.#memory.subarray(start, end), this.#before.subarray(start, end)) === 0
    claim(isSame, `${this.#what} ${deed}`)
  }

  /** What was written; the memory is somebody else's from now on, and must stay as it is. */
  async handOver(written: number): Promise<Uint8Array> {
    const packed = new Uint8Array(this.output.subarray(this.at, this.at + written))
    this.#memory.fill(1)
    await afterwards()
    const isLeft = Buffer.compare(this.#memory, new Uint8Array(this.#memory.length).fill(1)) === 0
    claim(
      isLeft,
      `${this.#what} wrote into its output after it had ${this.#what.endsWith('Later') ? 'settled' : 'returned'}`
    )
    return packed
  }

  claimWritten(written: unknown): asserts written is number {
    const what = `${this.#what} gave ${shown(written)} for ${this.input.length} bytes`
    claim(Number.isInteger(written) && Number(written) > 0, `${what}, with room for twice as many`)
    const room = this.output.length - this.at
    claim(Number(written) <= room, `${what}, more than there is room for (${room})`)
  }
}

export async function writesInPlace({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressInto === undefined) return
  const lengths = [1, sampleBytes, 100_000]
  const written: boolean[] = []
  for (const length of lengths) written.push(await writesOne(codec, textBytes(length)))
  claim(
    written.includes(true),
    'compressInto gave -1 whatever it was given, though there was room: a codec that never writes in place leaves it out'
  )
}

/** False where it leaves the work to another thread. */
async function writesOne(codec: CompressionCodec, content: Uint8Array): Promise<boolean> {
  const { length } = content
  const ground: Ground = new Ground('compressInto', content, 2 * length + 1000)
  const written: unknown = codec.compressInto!(ground.input, ground.output, ground.at)
  ground.claimInputUntouched()
  ground.claimOutputKept()
  if (written === -1 && worksElsewhere(codec, length)) return false
  ground.claimWritten(written)
  const back = await decompressed(codec, await ground.handOver(written), length, 'compressInto had made')
  claimSameBytes(back, content, `${length} bytes compressed by compressInto`)
  return true
}

function worksElsewhere(codec: CompressionCodec, length: number): boolean {
  return codec.compressIntoLater !== undefined || codec.compress(textBytes(length)) instanceof Promise
}

export async function refusesSmallPlaces({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressInto === undefined) return
  const needed = codec.compressInto(textBytes(sampleBytes), new Uint8Array(2 * sampleBytes), 0)
  // Of a codec that leaves all to another thread nothing can be said here.
  for (const room of [0, 1, 5, 20, needed - 1].filter(bytes => bytes >= 0)) {
    const ground: Ground = new Ground('compressInto', textBytes(sampleBytes), room, 9)
    const written = codec.compressInto(ground.input, ground.output, ground.at)
    ground.claimOutputKept()
    claimEqual(written, -1, `compressInto with ${room} bytes of room, where ${needed} are needed,`)
  }
}

export async function writesInPlaceLater({ codec }: CompressionSetup): Promise<void> {
  if (codec.compressIntoLater === undefined) return
  const lengths = [1, sampleBytes, 100_000, largeBytes]
  const inputs = lengths.flatMap((length, seed) => [textBytes(length), noiseBytes(length, seed + 1)])
  // All at once, as batches come.
  await Promise.all(inputs.map(async input => writesOneLater(codec, input)))
  const needed = await codec.compressIntoLater(textBytes(sampleBytes), () => new Uint8Array(2 * sampleBytes), 0)
  for (const room of [20, needed - 1]) await refusesSmallPlaceLater(codec, room)
}

async function refusesSmallPlaceLater(codec: CompressionCodec, room: number): Promise<void> {
  const ground: Ground = new Ground('compressIntoLater', textBytes(sampleBytes), room)
  const written = await codec.compressIntoLater!(ground.input, () => ground.output, ground.at)
  ground.claimOutputKept()
  claimEqual(written, -1, `compressIntoLater with ${room} bytes of room, where more are needed,`)
}

async function writesOneLater(codec: CompressionCodec, content: Uint8Array): Promise<void> {
  const { length } = content
  const ground: Ground = new Ground('compressIntoLater', content, 2 * length + 1000)
  let isOver = false
  let askedLate = false
  const output = (): Uint8Array => {
    askedLate ||= isOver
    return ground.output
  }
  const written: unknown = await codec.compressIntoLater!(ground.input, output, ground.at)
  isOver = true
  ground.claimInputUntouched()
  ground.claimOutputKept()
  ground.claimWritten(written)
  const packed = await ground.handOver(written)
  claim(!askedLate, 'compressIntoLater asked for its output after it had settled')
  const back = await decompressed(codec, packed, length, 'compressIntoLater had made')
  claimSameBytes(back, content, `${length} bytes compressed by compressIntoLater`)
}
