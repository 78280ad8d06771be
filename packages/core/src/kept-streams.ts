// Compression on Node's thread pool, by streams that are kept from one batch to the next.
import { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'

interface Job {
  readonly input: Uint8Array
  readonly resolve: (frame: Uint8Array) => void
  readonly reject: (error: Error) => void
}

interface Kept<Stream> {
  readonly stream: Stream
  /** What it has given of the frame that it is at. */
  pieces: Uint8Array[]
}

/** Node's thread pool does no more at once, unless it was told to. */
const mostStreams = 4

/**
 * For codecs over streams such as those of node:zlib. Each new stream takes memory by the megabyte and tells the garbage
 * collector so: with one for each batch, that runs most of the time.
 */
export class KeptStreams<Stream extends Pick<Transform, 'on' | 'write'>> {
  readonly #open: () => Stream
  readonly #renew: (stream: Stream) => void
  readonly #idle: Kept<Stream>[] = []
  readonly #waiting: Job[] = []
  #streams = 0

  /**
   * @param open makes a stream that ends a frame with each write, and has given all of it when the write calls back
   * @param renew makes it ready for the next frame
   */
  constructor(open: () => Stream, renew: (stream: Stream) => void = () => undefined) {
    this.#open = open
    this.#renew = renew
  }

  /** @returns one frame; rejects with what the stream failed with */
  compress(input: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => this.#begin({ input, resolve, reject }))
  }

  #begin(job: Job): void {
    const kept = this.#idle.pop() ?? (this.#streams < mostStreams ? this.#another() : null)
    if (kept === null) this.#waiting.push(job)
    else this.#run(kept, job)
  }

  #another(): Kept<Stream> {
    const kept: Kept<Stream> = { stream: this.#open(), pieces: [] }
    this.#streams++
    kept.stream.on('data', (piece: Uint8Array) => kept.pieces.push(piece))
    // The write that failed is told.
    kept.stream.on('error', () => undefined)
    return kept
  }

  #run(kept: Kept<Stream>, { input, resolve, reject }: Job): void {
    kept.stream.write(input, (error?: Error | null) => {
      const { pieces } = kept
      kept.pieces = []
      if (error === undefined || error === null) {
        this.#renew(kept.stream)
        this.#idle.push(kept)
        resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
      } else {
        this.#streams--
        reject(error)
      }
      const next = this.#waiting.shift()
      if (next !== undefined) this.#begin(next)
    })
  }
}
