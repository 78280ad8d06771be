// A kernel at work on another thread. It takes two inputs, the second of which waits; they lie in memory that both threads see.
import type { Worker } from 'node:worker_threads'
import { mostPackedBytes, type Kernel, type KernelModule, type Packer } from './kernel.ts'

/** It takes no input that has more. */
export const mostInputBytes = 1_048_576

/** Of the memory that both threads see: room for one input, and for what it becomes. */
interface Slot {
  /** 32-bit numbers: whether it is to be compressed; bytes of the input; then for each block its size once it is compressed. */
  readonly header: Int32Array
  readonly input: Uint8Array
  /** The compressed blocks, one behind the other. */
  readonly output: Uint8Array
}

const sizesFrom = 2
const given = 1
const done = 0

/** One that it is at, and one that waits: so it never waits itself for this thread to look. */
const slotCount = 2

/** The blocks of an input, compressed, each in its turn; null: the thread has failed. */
export type OnPacked = (blocks: Packer | null) => void

/** As much of a thread as a compressor uses. */
export interface BlockWorker {
  readonly free: boolean
  give(input: Uint8Array, onPacked: OnPacked): void
}

/** What runs there. Text, so that it needs no file of its own, wherever the code around it is bundled. */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const { module, blockBytes, slots, sizesFrom, done } = workerData
const { memory, INPUT, OUTPUT, compress } = new WebAssembly.Instance(module).exports
const own = new Uint8Array(memory.buffer)
parentPort.on('message', slot => {
  const { header, input, output } = slots[slot]
  const inputBytes = header[1]
  let at = 0
  for (let from = 0; from < inputBytes; from += blockBytes) {
    const length = Math.min(blockBytes, inputBytes - from)
    own.set(input.subarray(from, from + length), INPUT.value)
    const packed = compress(length)
    output.set(own.subarray(OUTPUT.value, OUTPUT.value + packed), at)
    header[sizesFrom + from / blockBytes] = packed
    at += packed
  }
  Atomics.store(header, 0, done)
  parentPort.postMessage(null)
})
parentPort.postMessage(null)
`

export class BlockThread implements BlockWorker {
  readonly #worker: Worker
  readonly #slots: readonly Slot[]
  #ready = false
  /** By slot; null for one that is free. */
  readonly #jobs: (OnPacked | null)[]

  /** Does not keep the process alive, but while it has something to do. @throws whatever `Worker` throws */
  constructor({ name, blockBytes }: Kernel, module: KernelModule) {
    this.#slots = Array.from({ length: slotCount }, () => slotFor(blockBytes))
    this.#jobs = this.#slots.map(() => null)
    this.#worker = new (process.getBuiltinModule('node:worker_threads').Worker)(program, {
      name: `sluice ${name}`,
      eval: true,
      // What the program was started with, such as loaders, is not for this.
      execArgv: [],
      env: {},
      workerData: { module, blockBytes, slots: this.#slots, sizesFrom, done }
    })
    this.#worker.on('message', () => {
      this.#ready = true
      this.#collect()
    })
    this.#worker.on('error', () => this.#fail())
    this.#worker.on('exit', () => this.#fail())
    this.#worker.unref()
  }

  /** Whether it takes an input now. What it has done by then is told first. */
  get free(): boolean {
    this.#collect()
    return this.#ready && this.#jobs.includes(null)
  }

  /** Only when it is free. */
  give(bytes: Uint8Array, onPacked: OnPacked): void {
    const slot = this.#jobs.indexOf(null)
    const { header, input } = this.#slots[slot]!
    input.set(bytes)
    header[1] = bytes.length
    Atomics.store(header, 0, given)
    this.#worker.postMessage(slot)
    this.#worker.ref()
    this.#jobs[slot] = onPacked
  }

  #collect(): void {
    for (let slot = 0; slot < slotCount; slot++) {
      const onPacked = this.#jobs[slot]!
      if (onPacked === null || Atomics.load(this.#slots[slot]!.header, 0) !== done) continue
      this.#jobs[slot] = null
      if (this.#jobs.every(job => job === null)) this.#worker.unref()
      onPacked(packedIn(this.#slots[slot]!))
    }
  }

  #fail(): void {
    this.#ready = false
    for (const onPacked of this.#jobs.splice(0, slotCount, ...this.#slots.map(() => null))) onPacked?.(null)
  }
}

function packedIn({ header, output }: Slot): Packer {
  let at = 0
  let block = sizesFrom
  return () => {
    const packed = output.subarray(at, at + header[block]!)
    at += packed.length
    block++
    return packed
  }
}

function slotFor(blockBytes: number): Slot {
  const blocks = Math.ceil(mostInputBytes / blockBytes)
  return {
    header: new Int32Array(new SharedArrayBuffer((sizesFrom + blocks) * Int32Array.BYTES_PER_ELEMENT)),
    input: new Uint8Array(new SharedArrayBuffer(mostInputBytes)),
    output: new Uint8Array(new SharedArrayBuffer(blocks * mostPackedBytes(blockBytes)))
  }
}
