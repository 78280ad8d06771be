// A bare socket that counts answers: what a client cannot do without, and no more.
import type { BrokerAddress } from '@sluice/core'
import { connect, type Socket } from 'node:net'

export class RawSocket {
  readonly #socket: Socket
  readonly #waiting: (() => void)[] = []
  /** Bytes of the answer under way that are still to come; 0 while its length is being read. */
  #missing = 0
  #length = 0
  #lengthBytes = 0

  constructor({ host, port }: BrokerAddress) {
    const onread = { buffer: Buffer.allocUnsafe(65_536), callback: this.#onRead.bind(this) }
    this.#socket = connect({ host, port, noDelay: true, onread })
  }

  /** Settles when the answer has come, or, where none will, when the bytes are with the system. */
  write(bytes: Uint8Array, answered: boolean): Promise<void> {
    return new Promise(resolve => {
      if (!answered) return void this.#socket.write(bytes, () => resolve())
      this.#waiting.push(resolve)
      this.#socket.write(bytes)
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onRead(count: number, chunk: Uint8Array): boolean {
    let at = 0
    while (at < count) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, count - at)
        this.#missing -= taken
        at += taken
        if (this.#missing === 0) this.#waiting.shift()?.()
      } else {
        this.#length = (this.#length << 8) | (chunk[at++] ?? 0)
        if (++this.#lengthBytes === 4) {
          this.#missing = this.#length
          this.#length = this.#lengthBytes = 0
        }
      }
    }
    return true
  }
}
