// Compresses in blocks, here or on another thread: whichever has time.
import { CompressionError } from '@sluice/core'
import { mostInputBytes, type BlockWorker } from './block-thread.ts'
import { compileKernel, makePacker, type Kernel, type KernelModule, type Packer } from './kernel.ts'
import { processThreads, type FindWorker } from './shared-threads.ts'

/** How a format holds blocks. */
export interface Framing {
  /** Most that so many bytes become. */
  mostBytes(inputBytes: number): number
  /**
   * Writes the whole stream into `output` from `at`: bytes written, or -1 if they do not fit. Asks `pack` for each
   * block of `input` once, in order.
   */
  write(pack: Packer, input: Uint8Array, output: Uint8Array, at: number): number
}

/** From this size on it is worth the way: 64 KiB take 150 µs to compress, the way there and back takes 30. */
const leastInputBytes = 65_536

export class BlockCompressor {
  readonly #kernel: Kernel
  readonly #module: KernelModule
  readonly #framing: Framing
  readonly #pack: Packer
  readonly #findWorker: FindWorker
  /** Undefined: not yet wanted. */
  #worker: BlockWorker | null | undefined

  /** @throws CompressionError where a runtime has no WebAssembly */
  constructor(kernel: Kernel, framing: Framing, findWorker: FindWorker = processThreads) {
    this.#kernel = kernel
    this.#framing = framing
    this.#module = compileKernel(kernel)
    this.#pack = makePacker(this.#module)
    this.#findWorker = findWorker
  }

  /** Here, whatever its size. */
  compress(input: Uint8Array): Uint8Array {
    const output = Buffer.allocUnsafeSlow(this.#framing.mostBytes(input.length))
    const written = this.#framing.write(this.#pack, input, output, 0)
    if (written < 0) throw new CompressionError(`${this.#kernel.name} made more of ${input.length} bytes than it may`)
    // A copy of what was needed, for a result may be kept for long.
    return Uint8Array.prototype.slice.call(output, 0, written)
  }

  /** -1 also where the thread could take it. */
  // hot: one call per batch
  compressInto(input: Uint8Array, output: Uint8Array, at: number): number {
    return this.#workerFor(input) === null ? this.#framing.write(this.#pack, input, output, at) : -1
  }

  compressIntoLater(input: Uint8Array, output: () => Uint8Array, at: number): Promise<number> {
    return new Promise(resolve => {
      // Framed at once: the thread's next input overwrites the blocks of this one.
      const frame = async (blocks: Packer | null): Promise<number> =>
        this.#framing.write(blocks ?? this.#pack, input, output(), at)
      const worker = this.#workerFor(input)
      if (worker === null) resolve(frame(null))
      else worker.give(input, blocks => resolve(frame(blocks)))
    })
  }

  #workerFor({ length }: Uint8Array): BlockWorker | null {
    if (length < leastInputBytes || length > mostInputBytes) return null
    if (this.#worker === undefined) this.#worker = this.#findWorker(this.#kernel, this.#module)
    return this.#worker?.free === true ? this.#worker : null
  }
}
