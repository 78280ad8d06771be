// Compression on Node's thread pool, by streams that are kept from one batch to the next.
import { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'

interface Job {
  readonly input: Uint8Array
  readonly resolve: (frame: Uint8Array) => void
  readonly reject: (cause: unknown) => void
}

interface Kept<Stream> {
  readonly stream: Stream
  /** What it is at. */
  job: Job | null
  /** What it has given of that. */
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
    let kept: Kept<Stream> | null
    try {
      kept = this.#idle.pop() ?? (this.#streams < mostStreams ? this.#another() : null)
    } catch (cause) {
      job.reject(cause)
      // Nobody is at work who would see to those that wait.
      if (this.#streams === 0) for (const waiting of this.#waiting.splice(0)) waiting.reject(cause)
      return
    }
    if (kept === null) this.#waiting.push(job)
    else this.#run(kept, job)
  }

  #another(): Kept<Stream> {
    const kept: Kept<Stream> = { stream: this.#open(), job: null, pieces: [] }
    this.#streams++
    kept.stream.on('data', (piece: Uint8Array) => kept.pieces.push(piece))
    // Node's zlib, when it fails, destroys its stream and does not call the write back.
    kept.stream.on('error', error => this.#failed(kept, error))
    return kept
  }

  #run(kept: Kept<Stream>, job: Job): void {
    kept.job = job
    kept.stream.write(job.input, (error?: Error | null) => {
      if (error === undefined || error === null) this.#done(kept)
    })
  }

  #done(kept: Kept<Stream>): void {
    const { job, pieces } = kept
    kept.job = null
    kept.pieces = []
    try {
      this.#renew(kept.stream)
      this.#idle.push(kept)
    } catch {
      // The frame is whole; the stream is of no more use.
      this.#streams--
    }
    job?.resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
    this.#next()
  }

  /** A stream that failed is given up, whether it was at something or not. */
  #failed(kept: Kept<Stream>, error: Error): void {
    const { job } = kept
    kept.job = null
    const place = this.#idle.indexOf(kept)
    if (place >= 0) this.#idle.splice(place, 1)
    this.#streams--
    job?.reject(error)
    this.#next()
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next !== undefined) this.#begin(next)
  }
}
