// A real thread: what it gives, what keeps the process alive, and what a failure does.
import { describe, expect, it } from 'vitest'
import { BlockThread, mostInputBytes } from '../src/block-thread.ts'
import { compileKernel, type Kernel, type Packer } from '../src/kernel.ts'
import { copying, failing } from './kernels.ts'

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

async function freeThread(kernel: Kernel): Promise<BlockThread> {
  const thread = new BlockThread(kernel, compileKernel(kernel))
  while (!thread.free) await nextTurn()
  return thread
}

const given = (thread: BlockThread, input: Uint8Array): Promise<Packer | null> =>
  new Promise(resolve => thread.give(input, resolve))

/** Each byte says in which block it is, and something of its place. */
function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => Math.floor(at / copying.blockBytes) * 7 + (at % 251))
}

/** As a frame would ask for them. */
function blocksOf(pack: Packer, input: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let from = 0; from < input.length; from += copying.blockBytes)
    blocks.push(pack(input, from, Math.min(from + copying.blockBytes, input.length)))
  return Buffer.concat(blocks)
}

const handles = (): number =>
  process.getActiveResourcesInfo().filter(name => name === 'MessagePort' || name === 'Worker').length

describe('a thread', () => {
  it('gives the blocks of one input after the other', async () => {
    const thread = await freeThread(copying)
    for (const bytes of [1, copying.blockBytes, 100_000, mostInputBytes, 65_536]) {
      const input = pattern(bytes)
      const blocks = await given(thread, input)
      expect(Buffer.compare(blocksOf(blocks!, input), pattern(bytes))).toBe(0)
    }
  })

  it('has an input of its own: that of the caller may change at once', async () => {
    const thread = await freeThread(copying)
    const input = pattern(200_000)
    const later = given(thread, input)
    input.fill(0)
    expect(Buffer.compare(blocksOf((await later)!, input), pattern(200_000))).toBe(0)
  })

  it('takes two inputs, and the next as soon as one is done, without a turn of the event loop', async () => {
    const thread = await freeThread(copying)
    const inputs = [pattern(1_000_000), pattern(300_000).toReversed(), pattern(70_000)]
    const packed = new Map<number, Uint8Array>()
    const give = (at: number): void =>
      thread.give(inputs[at]!, blocks => packed.set(at, blocksOf(blocks!, inputs[at]!)))
    give(0)
    expect(thread.free).toBe(true)
    give(1)
    while (!thread.free);
    expect(packed.has(0)).toBe(true)
    give(2)
    while (packed.size < 3) await nextTurn()
    // What it said of each has been heard by now, too.
    await nextTurn()
    for (const [at, bytes] of packed) expect(Buffer.compare(bytes, inputs[at]!)).toBe(0)
    expect(thread.free).toBe(true)
  })

  it('keeps the process alive only while it has something to do', async () => {
    const before = handles()
    const thread = await freeThread(copying)
    expect(handles()).toBe(before)
    const later = given(thread, pattern(100_000))
    expect(handles()).toBeGreaterThan(before)
    await later
    expect(handles()).toBe(before)
  })

  it('that fails says so of all that it was given, and is never free again', async () => {
    const thread = await freeThread(failing)
    const both = [given(thread, pattern(100_000)), given(thread, pattern(100_000))]
    expect(await Promise.all(both)).toEqual([null, null])
    await nextTurn()
    expect(thread.free).toBe(false)
  })
})
