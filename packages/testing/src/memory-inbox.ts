// The receiver's end of a pipe: what has arrived and was not read yet.

export class Inbox {
  #arrived: Uint8Array[] = []
  #readBytes = 0
  /** Where in the stream, from its beginning, nothing more is read. */
  #breakAt = Infinity

  get isEmpty(): boolean {
    return this.#arrived.length === 0
  }

  get isBroken(): boolean {
    return this.#readBytes >= this.#breakAt
  }

  add(bytes: Uint8Array): void {
    this.#arrived.push(bytes)
  }

  /** Nothing is read after so many bytes more. */
  breakAfter(bytes: number): void {
    this.#breakAt = this.#readBytes + bytes
  }

  /** Drops everything; how many bytes that was. */
  clear(): number {
    const bytes = this.#arrived.reduce((sum, part) => sum + part.length, 0)
    this.#arrived = []
    return bytes
  }

  /** The next piece, of so many bytes at most, in memory of its own. */
  read(mostBytes: number): Buffer {
    let wanted = Math.min(Math.max(1, mostBytes), this.#breakAt - this.#readBytes)
    const parts: Uint8Array[] = []
    for (let first = this.#arrived[0]; first !== undefined && wanted > 0; first = this.#arrived[0]) {
      const part = first.subarray(0, wanted)
      parts.push(part)
      wanted -= part.length
      if (part.length < first.length) this.#arrived[0] = first.subarray(part.length)
      else this.#arrived.shift()
    }
    const piece = Buffer.concat(parts)
    this.#readBytes += piece.length
    return piece
  }
}
