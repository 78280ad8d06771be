// Cuts what a client sends into frames that the broker may keep.

/** Each frame is a Buffer of its own, so that record batches in it can go into a log as they are. */
export class FrameSplitter {
  readonly #maxFrameBytes: number
  readonly #ready: Buffer[] = []
  readonly #prefix = Buffer.alloc(4)
  #prefixBytes = 0
  #frame: Buffer | null = null
  #filled = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** Frames that are complete and not taken. */
  get size(): number {
    return this.#ready.length
  }

  /** False when the stream cannot go on: a length that no request has. */
  push(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      at = this.#frame === null ? this.#readPrefix(chunk, at) : this.#fill(this.#frame, chunk, at)
      if (at < 0) return false
    }
    return true
  }

  /** The next frame, without its length. */
  take(): Buffer | undefined {
    return this.#ready.shift()
  }

  #readPrefix(chunk: Uint8Array, start: number): number {
    let at = start
    while (this.#prefixBytes < 4 && at < chunk.length) this.#prefix[this.#prefixBytes++] = chunk[at++]!
    if (this.#prefixBytes < 4) return at
    const length = this.#prefix.readInt32BE()
    if (length < 8 || length > this.#maxFrameBytes) return -1
    this.#frame = Buffer.allocUnsafeSlow(length)
    this.#filled = 0
    this.#prefixBytes = 0
    return at
  }

  #fill(frame: Buffer, chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + frame.length - this.#filled)
    frame.set(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end), this.#filled)
    this.#filled += end - start
    if (this.#filled === frame.length) {
      this.#ready.push(frame)
      this.#frame = null
    }
    return end
  }
}
