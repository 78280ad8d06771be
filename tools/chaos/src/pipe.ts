// One direction of a proxied connection: passes bytes on, later, in part or not at all.
import type { Socket } from 'node:net'

export class Pipe {
  readonly #from: Socket
  readonly #to: Socket
  readonly #onCut: () => void
  readonly #late: { readonly chunk: Buffer; readonly dueMs: number }[] = []
  #timer: NodeJS.Timeout | null = null
  #delayMs = 0
  #held = false
  #dropping = false
  /** Bytes that may still pass; then the connection is cut. */
  #left = Number.POSITIVE_INFINITY
  #chunksLeft = Number.POSITIVE_INFINITY
  #ended = false

  constructor(from: Socket, to: Socket, onCut: () => void) {
    this.#from = from
    this.#to = to
    this.#onCut = onCut
    from.on('data', chunk => this.#take(chunk))
    from.on('end', () => this.#end())
    to.on('drain', () => this.#resume())
  }

  /** Everything from now on arrives so much later; 0: at once. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** Nothing is read until `release`: to the sender the network stands still. */
  hold(): void {
    this.#held = true
    this.#from.pause()
  }

  release(): void {
    this.#held = false
    this.#resume()
  }

  /** What comes from now on vanishes. Only a cut can follow. */
  drop(): void {
    this.#dropping = true
  }

  /** So many answers, as far as one comes in one piece, are passed on; the rest vanishes. */
  dropAfter(chunks: number): void {
    this.#chunksLeft = chunks
  }

  cutAfter(bytes: number): void {
    this.#left = bytes
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#late.length = 0
  }

  #take(chunk: Buffer): void {
    if (this.#dropping || this.#chunksLeft-- <= 0) return
    if (this.#delayMs === 0 && this.#late.length === 0) return this.#pass(chunk)
    const lastMs = this.#late.at(-1)?.dueMs ?? 0
    this.#late.push({ chunk, dueMs: Math.max(lastMs, performance.now() + this.#delayMs) })
    this.#arm()
  }

  #arm(): void {
    const first = this.#late[0]
    if (first === undefined || this.#timer !== null) return
    this.#timer = setTimeout(() => this.#passLate(), Math.max(0, first.dueMs - performance.now()))
  }

  #passLate(): void {
    this.#timer = null
    const nowMs = performance.now() + 0.5
    while (this.#late.length > 0 && this.#late[0]!.dueMs <= nowMs) this.#pass(this.#late.shift()!.chunk)
    this.#arm()
    if (this.#ended && this.#late.length === 0) this.#to.end()
  }

  #pass(chunk: Buffer): void {
    if (!this.#to.writable || this.#left <= 0) return
    if (chunk.length >= this.#left) {
      this.#to.write(chunk.subarray(0, this.#left))
      this.#left = 0
      this.#onCut()
      return
    }
    this.#left -= chunk.length
    if (!this.#to.write(chunk)) this.#from.pause()
  }

  #resume(): void {
    if (!this.#held) this.#from.resume()
  }

  #end(): void {
    this.#ended = true
    if (this.#late.length === 0 && !this.#dropping && this.#left > 0) this.#to.end()
  }
}
