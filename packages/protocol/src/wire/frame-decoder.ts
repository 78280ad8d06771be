// Cuts the stream of bytes from a broker into frames.
import { Buffer } from 'node:buffer'
import { CorruptFrameError, type ConnectionProblem } from '@sluice/core'

const lengthBytes = 4
const shortestFrame = 4
const firstAllocation = 65_536
const http = 0x4854_5450

/**
 * Holds at most one frame that is not complete yet. The memory for it grows with what has come, not with what was
 * announced.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number
  /** The length prefix, as far as it has come. */
  #prefix = 0
  #prefixBytes = 0
  /** The incomplete frame, its length, and how much of it has come. */
  #partial: Buffer | null = null
  #length = 0
  #filled = 0
  #stopped = false
  #problem: Extract<ConnectionProblem, 'http' | 'plaintext-to-tls'> | null = null

  /** @param maxFrameBytes the longest frame to accept, without its prefix */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** After an error: what the other side seems to be instead of a Kafka broker's plaintext listener. */
  get problem(): Extract<ConnectionProblem, 'http' | 'plaintext-to-tls'> | null {
    return this.#problem
  }

  /**
   * Calls `onFrame` for each frame that is complete now, without its length prefix. The frame may be a view of `chunk`
   * and is valid during the call only.
   *
   * @throws CorruptFrameError for a length that cannot be right; later chunks are ignored
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0
    while (at < chunk.length && !this.#stopped) {
      if (this.#partial !== null) {
        at += this.#fill(chunk, at, onFrame)
        continue
      }
      at += this.#readPrefix(chunk, at)
      if (this.#prefixBytes < lengthBytes) return
      const end = at + this.#length
      if (end > chunk.length) {
        this.#partial = Buffer.allocUnsafe(Math.min(this.#length, firstAllocation))
        continue
      }
      this.#prefixBytes = 0
      onFrame(chunk.subarray(at, end))
      at = end
    }
  }

  /** Drops what is held and ignores everything from now on; may be called from within `onFrame`. */
  stop(): void {
    this.#stopped = true
    this.#partial = null
  }

  #readPrefix(chunk: Uint8Array, at: number): number {
    const start = at
    while (this.#prefixBytes < lengthBytes && at < chunk.length) {
      this.#prefix = (this.#prefix << 8) | chunk[at++]!
      this.#prefixBytes++
    }
    if (this.#prefixBytes === lengthBytes) this.#length = this.#checked(this.#prefix)
    return at - start
  }

  #fill(chunk: Uint8Array, at: number, onFrame: (frame: Uint8Array) => void): number {
    const taken = Math.min(this.#length - this.#filled, chunk.length - at)
    const partial = this.#roomFor(taken)
    partial.set(chunk.subarray(at, at + taken), this.#filled)
    this.#filled += taken
    if (this.#filled < this.#length) return taken
    this.#partial = null
    this.#prefixBytes = 0
    this.#filled = 0
    onFrame(partial)
    return taken
  }

  #roomFor(bytes: number): Buffer {
    const partial = this.#partial!
    const needed = this.#filled + bytes
    if (needed <= partial.length) return partial
    const grown = Buffer.allocUnsafe(Math.min(this.#length, Math.max(needed, partial.length * 2)))
    partial.copy(grown, 0, 0, this.#filled)
    this.#partial = grown
    return grown
  }

  #checked(length: number): number {
    if (length >= shortestFrame && length <= this.#maxFrameBytes) return length
    this.stop()
    if (length === http) {
      this.#problem = 'http'
      throw new CorruptFrameError(
        'The broker answered with HTTP: this is the port of a web server, not of a Kafka broker'
      )
    }
    const opening = length >>> 16
    if (opening === 0x1503 || opening === 0x1603) {
      this.#problem = 'plaintext-to-tls'
      throw new CorruptFrameError('The broker answered with a TLS record: its port wants TLS, set the tls option')
    }
    throw new CorruptFrameError(
      `The broker announced a frame of ${length} bytes, where ${shortestFrame} to ${this.#maxFrameBytes} are accepted: it is not a Kafka broker, or maxResponseSize is too small`
    )
  }
}
