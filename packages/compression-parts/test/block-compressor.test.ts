// What is compressed here and what on the thread: the bytes are the same.
import { describe, expect, it } from 'vitest'
import { availableParallelism } from 'node:os'
import { BlockCompressor, type Framing } from '../src/block-compressor.ts'
import type { BlockWorker, OnPacked } from '../src/block-thread.ts'
import type { Packer } from '../src/kernel.ts'
import { sharedThreads } from '../src/shared-threads.ts'
import { copying } from './kernels.ts'

/** Each block between brackets. */
const brackets: Framing = {
  mostBytes: inputBytes => inputBytes + 2 * Math.ceil(inputBytes / copying.blockBytes),
  write: (pack, input, output, at) => {
    let end = at
    for (let from = 0; from < input.length; from += copying.blockBytes) {
      const packed = pack(input, from, Math.min(from + copying.blockBytes, input.length))
      if (end + packed.length + 2 > output.length) return -1
      output.set([0x5b, ...packed, 0x5d], end)
      end += packed.length + 2
    }
    return end - at
  }
}

const textOf = (letter: string, bytes: number): Uint8Array => Buffer.alloc(bytes, letter)

const framedText = (letter: string, bytes: number): string => {
  const blocks: string[] = []
  for (let left = bytes; left > 0; left -= copying.blockBytes)
    blocks.push(`[${letter.repeat(Math.min(left, copying.blockBytes))}]`)
  return blocks.join('')
}

const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

async function packedLater(compressor: BlockCompressor, input: Uint8Array): Promise<string> {
  const output = Buffer.alloc(input.length + 1_000)
  const written = await compressor.compressIntoLater(input, () => output, 10)
  return shown(output.subarray(10, 10 + written))
}

/** Takes one input, and is done with it when it is told to be. */
class Helper implements BlockWorker {
  free = true
  readonly taken: Uint8Array[] = []
  #onPacked: OnPacked = () => undefined

  give(input: Uint8Array, onPacked: OnPacked): void {
    this.free = false
    this.taken.push(new Uint8Array(input))
    this.#onPacked = onPacked
  }

  finish(): void {
    this.free = true
    // In capitals, to show whose work it is; of what it was given last.
    const capitals: Packer = (_, from, to) => Buffer.from(shown(this.taken.at(-1)!.subarray(from, to)).toUpperCase())
    this.#onPacked(capitals)
  }

  fail(): void {
    this.#onPacked(null)
  }
}

function scene(): { readonly compressor: BlockCompressor; readonly helper: Helper; readonly started: () => number } {
  const helper = new Helper()
  let started = 0
  const findWorker = (): BlockWorker => {
    started++
    return helper
  }
  return { compressor: new BlockCompressor(copying, brackets, findWorker), helper, started: () => started }
}

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Whether it would give a large input to a thread now. */
function hasThread(compressor: BlockCompressor): boolean {
  return compressor.compressInto(textOf('a', 100_000), new Uint8Array(200_000), 0) === -1
}

/** Until the thread is up, each compresses itself. */
async function threadOf(compressor: BlockCompressor): Promise<void> {
  while (!hasThread(compressor)) await nextTurn()
}

describe('a compressor of blocks', () => {
  it('starts no thread while all that comes is small', () => {
    const { compressor, started } = scene()
    const output = new Uint8Array(70_000)
    expect(compressor.compressInto(textOf('a', 65_535), output, 10)).toBe(65_539)
    expect(shown(output.subarray(10, 65_549))).toBe(framedText('a', 65_535))
    expect(shown(compressor.compress(textOf('b', 100)))).toBe(framedText('b', 100))
    expect(started()).toBe(0)
  })

  it('gives large inputs to a thread that is free, and compresses the others itself meanwhile', async () => {
    const { compressor, helper, started } = scene()
    const output = new Uint8Array(200_000)
    expect(compressor.compressInto(textOf('a', 65_536), output, 0)).toBe(-1)
    const later = packedLater(compressor, textOf('a', 65_536))
    expect(compressor.compressInto(textOf('b', 100_000), output, 0)).toBe(100_008)
    expect(shown(output.subarray(0, 100_008))).toBe(framedText('b', 100_000))
    expect(await packedLater(compressor, textOf('c', 70_000))).toBe(framedText('c', 70_000))
    helper.finish()
    expect(await later).toBe(framedText('A', 65_536))
    expect(compressor.compressInto(textOf('d', 65_536), output, 0)).toBe(-1)
    void packedLater(compressor, textOf('d', 65_536))
    expect(helper.taken.map(input => shown(input.subarray(0, 1)))).toEqual(['a', 'd'])
    expect(started()).toBe(1)
  })

  it('compresses itself what is too large for the thread', async () => {
    const { compressor, started } = scene()
    expect(await packedLater(compressor, textOf('a', 1_048_577))).toBe(framedText('a', 1_048_577))
    expect(started()).toBe(0)
  })

  it('takes the blocks from the thread before that is given something else', async () => {
    const { compressor, helper } = scene()
    const first = packedLater(compressor, textOf('a', 70_000))
    helper.finish()
    const second = packedLater(compressor, textOf('b', 70_000))
    helper.finish()
    expect(await first).toBe(framedText('A', 70_000))
    expect(await second).toBe(framedText('B', 70_000))
  })

  it('compresses itself what the thread has failed with', async () => {
    const { compressor, helper } = scene()
    const later = packedLater(compressor, textOf('a', 100_000))
    helper.fail()
    expect(await later).toBe(framedText('a', 100_000))
  })

  it('compresses all itself where there is no thread to be had', async () => {
    const compressor = new BlockCompressor(copying, brackets, () => null)
    const output = new Uint8Array(200_000)
    expect(compressor.compressInto(textOf('a', 100_000), output, 0)).toBe(100_008)
    expect(await packedLater(compressor, textOf('b', 100_000))).toBe(framedText('b', 100_000))
  })

  it('says so when what is compressed does not fit', async () => {
    const compressor = new BlockCompressor(copying, brackets, () => null)
    expect(compressor.compressInto(textOf('a', 100_000), new Uint8Array(100_007), 0)).toBe(-1)
    expect(await compressor.compressIntoLater(textOf('a', 100_000), () => new Uint8Array(100_007), 0)).toBe(-1)
    const wrong = { ...brackets, mostBytes: (inputBytes: number): number => inputBytes }
    const mistaken = new BlockCompressor(copying, wrong, () => null)
    expect(() => mistaken.compress(textOf('a', 100))).toThrow('copying made more of 100 bytes than it may')
  })

  it('shares its thread with all others of its kernel', async () => {
    const own = { ...copying }
    const threads = sharedThreads(() => 2)
    const compressors = Array.from({ length: 5 }, () => new BlockCompressor(own, brackets, threads))
    await threadOf(compressors[0]!)
    for (const each of compressors) expect(hasThread(each)).toBe(true)
    const all = await Promise.all(compressors.map(async each => packedLater(each, textOf('a', 100_000))))
    expect(all).toEqual(compressors.map(() => framedText('a', 100_000)))
  })

  it('has none where there is one processor', async () => {
    const compressor = new BlockCompressor(
      { ...copying },
      brackets,
      sharedThreads(() => 1)
    )
    expect(hasThread(compressor)).toBe(false)
    await nextTurn()
    expect(hasThread(compressor)).toBe(false)
  })

  it('has by default what the process has: one for all, or none', async () => {
    const own = { ...copying }
    const compressors = Array.from({ length: 5 }, () => new BlockCompressor(own, brackets))
    const isThere = availableParallelism() > 1
    if (isThere) await threadOf(compressors[0]!)
    expect(compressors.map(hasThread)).toEqual(compressors.map(() => isThere))
  })
})
