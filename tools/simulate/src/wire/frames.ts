// Cuts a stream into frames, each without its length of four bytes.

export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  push(bytes: Uint8Array): Uint8Array[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const frames: Uint8Array[] = []
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0)
      // Nonsense ends the stream; the rest is never looked at.
      if (length < 0) break
      if (this.#rest.length < 4 + length) break
      frames.push(this.#rest.subarray(4, 4 + length))
      this.#rest = this.#rest.subarray(4 + length)
    }
    return frames
  }
}
