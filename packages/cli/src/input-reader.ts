// Reads the input no faster than everybody who takes from it allows.
import type { Readable } from 'node:stream'

export class InputReader {
  readonly #input: Readable
  /** Who asked for a pause: reading goes on when nobody does. */
  readonly #pausedBy = new Set<string>()
  #stopped = false
  #settle: (error: Error | null) => void = () => undefined
  bytesRead = 0

  constructor(input: Readable) {
    this.#input = input
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Settles when the input has ended or reading was stopped; with an error when the input could not be read. */
  async read(take: (chunk: Buffer) => void): Promise<Error | null> {
    const error = await new Promise<Error | null>(resolve => {
      this.#settle = resolve
      this.#input.once('end', () => resolve(null))
      this.#input.once('error', resolve)
      this.#input.once('close', () => resolve(new Error('it was closed before its end')))
      this.#input.on('data', (chunk: Buffer) => {
        if (this.#stopped) return
        this.bytesRead += chunk.length
        take(chunk)
      })
    })
    this.#input.pause()
    this.#input.removeAllListeners('data')
    return error
  }

  stop(): void {
    this.#stopped = true
    this.#input.pause()
    this.#settle(null)
  }

  pause(who: string): void {
    this.#pausedBy.add(who)
    this.#input.pause()
  }

  resume(who: string): void {
    if (this.#pausedBy.delete(who) && this.#pausedBy.size === 0 && !this.#stopped) this.#input.resume()
  }
}
