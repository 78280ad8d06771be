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

  it('is free for the next input as soon as it is done, without a turn of the event loop', async () => {
    const thread = await freeThread(copying)
    let told = 0
    thread.give(pattern(100_000), () => told++)
    expect(told).toBe(0)
    while (!thread.free);
    expect(told).toBe(1)
    thread.give(pattern(100_000), () => told++)
    while (told < 2) await nextTurn()
    // What it said of the first has been heard by now, too.
    expect(thread.free).toBe(true)
    expect(told).toBe(2)
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

  it('that fails says so, and is never free again', async () => {
    const thread = await freeThread(failing)
    expect(await given(thread, pattern(100_000))).toBe(null)
    await nextTurn()
    expect(thread.free).toBe(false)
  })
})
