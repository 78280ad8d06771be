// A kernel at work on another thread, on one input at a time. Input and result lie in memory that both threads see.
import type { Worker } from 'node:worker_threads'
import { mostPackedBytes, type Kernel, type KernelModule, type Packer } from './kernel.ts'

/** It takes no input that has more. */
export const mostInputBytes = 1_048_576

/** Of the shared memory. */
interface Places {
  /** 32-bit numbers: whether there is something to do; bytes of the input; then for each block its size once it is compressed. */
  readonly header: Int32Array
  readonly inputAt: number
  /** The compressed blocks, one behind the other. */
  readonly outputAt: number
  readonly bytes: Uint8Array
}

const sizesFrom = 2
const given = 1
const done = 0

/** The blocks of an input, compressed, each in its turn; null: the thread has failed. */
export type OnPacked = (blocks: Packer | null) => void

/** What runs there. Text, so that it needs no file of its own, wherever the code around it is bundled. */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const { module, blockBytes, header, inputAt, outputAt, bytes, sizesFrom, done } = workerData
const { memory, INPUT, OUTPUT, compress } = new WebAssembly.Instance(module).exports
const own = new Uint8Array(memory.buffer)
parentPort.on('message', () => {
  const inputBytes = header[1]
  let at = outputAt
  for (let from = 0; from < inputBytes; from += blockBytes) {
    const length = Math.min(blockBytes, inputBytes - from)
    own.set(bytes.subarray(inputAt + from, inputAt + from + length), INPUT.value)
    const packed = compress(length)
    bytes.set(own.subarray(OUTPUT.value, OUTPUT.value + packed), at)
    header[sizesFrom + from / blockBytes] = packed
    at += packed
  }
  Atomics.store(header, 0, done)
  parentPort.postMessage(null)
})
parentPort.postMessage(null)
`

export class BlockThread {
  readonly #worker: Worker
  readonly #places: Places
  #ready = false
  #onPacked: OnPacked | null = null

  /** Does not keep the process alive, but while it has something to do. @throws whatever `Worker` throws */
  constructor({ name, blockBytes }: Kernel, module: KernelModule) {
    this.#places = placesFor(blockBytes)
    this.#worker = new (process.getBuiltinModule('node:worker_threads').Worker)(program, {
      name: `sluice ${name}`,
      eval: true,
      // What the program was started with, such as loaders, is not for this.
      execArgv: [],
      env: {},
      workerData: { module, blockBytes, ...this.#places, sizesFrom, done }
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
    return this.#ready && this.#onPacked === null
  }

  /** Only when it is free. The input may be used for something else at once. */
  give(input: Uint8Array, onPacked: OnPacked): void {
    const { header, bytes, inputAt } = this.#places
    bytes.set(input, inputAt)
    header[1] = input.length
    Atomics.store(header, 0, given)
    this.#worker.postMessage(null)
    this.#worker.ref()
    this.#onPacked = onPacked
  }

  #collect(): void {
    const onPacked = this.#onPacked
    if (onPacked === null || Atomics.load(this.#places.header, 0) !== done) return
    this.#onPacked = null
    this.#worker.unref()
    onPacked(this.#packed())
  }

  #packed(): Packer {
    const { header, bytes, outputAt } = this.#places
    let at = outputAt
    let block = sizesFrom
    return () => {
      const packed = bytes.subarray(at, at + header[block]!)
      at += packed.length
      block++
      return packed
    }
  }

  #fail(): void {
    this.#ready = false
    const onPacked = this.#onPacked
    this.#onPacked = null
    onPacked?.(null)
  }
}

function placesFor(blockBytes: number): Places {
  const blocks = Math.ceil(mostInputBytes / blockBytes)
  const inputAt = (sizesFrom + blocks) * Int32Array.BYTES_PER_ELEMENT
  const outputAt = inputAt + mostInputBytes
  const shared = new SharedArrayBuffer(outputAt + blocks * mostPackedBytes(blockBytes))
  return { header: new Int32Array(shared, 0, sizesFrom + blocks), inputAt, outputAt, bytes: new Uint8Array(shared) }
}
