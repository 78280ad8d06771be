// Reads the wire's primitives: the oracle's own, so that a mistake of the client's codec is not repeated here.

/** Bytes that are not what they should be. */
export class UnreadableError extends Error {}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  #advance(bytes: number): number {
    if (bytes < 0 || bytes > this.left) throw new UnreadableError(`${bytes} bytes wanted, ${this.left} are left`)
    const from = this.at
    this.at += bytes
    return from
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8))
  }

  /** Seven bits a byte, lowest first. */
  uvarint(): number {
    let value = 0
    for (let place = 0; place < 35; place += 7) {
      const byte = this.#bytes[this.#advance(1)]!
      value += (byte & 0x7f) * 2 ** place
      if (byte < 0x80) return value
    }
    throw new UnreadableError('A number of more than five bytes')
  }

  /** Zigzag, up to ten bytes; exact as far as a double is. */
  varlong(): number {
    let value = 0
    for (let place = 0; place < 70; place += 7) {
      const byte = this.#bytes[this.#advance(1)]!
      value += (byte & 0x7f) * 2 ** place
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new UnreadableError('A number of more than ten bytes')
  }

  bytes(length: number): Uint8Array {
    const from = this.#advance(length)
    return this.#bytes.subarray(from, from + length)
  }

  text(length: number): string {
    return Buffer.from(this.bytes(length)).toString('utf8')
  }

  /** With a length of 16 bits; -1 is none. */
  string(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.text(length)
  }

  /** With a length plus one as uvarint; 0 is none. */
  compactString(): string | null {
    const length = this.uvarint()
    return length === 0 ? null : this.text(length - 1)
  }

  uuid(): string {
    const hex = Buffer.from(this.bytes(16)).toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  tags(): void {
    const count = this.uvarint()
    for (let i = 0; i < count; i++) {
      this.uvarint()
      this.bytes(this.uvarint())
    }
  }
}
