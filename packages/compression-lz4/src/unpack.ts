// One LZ4 block, expanded within bounds.

// A block is a row of sequences:
//   token           literals (4 bits), length of the match less 4 (4 bits); 15 in either: more bytes follow, up to one below 255
//   [length bytes]  of the literals
//   literals
//   offset (2)      how far back the match begins, little-endian; the last sequence ends before it
//   [length bytes]  of the match

/**
 * Writes what the block expands to into `output` from `at`, never at `end` or behind it.
 *
 * @returns where it ends
 * @throws Error if the block is damaged or has no room
 */
export function unpackBlock(block: Uint8Array, output: Uint8Array, at: number, end: number): number {
  const reader = new BlockReader(block)
  let to = at
  for (;;) {
    const token = reader.byte()
    const literals = reader.length(token >>> 4)
    if (literals > end - to) throw new Error('there is no room for it')
    reader.copyTo(output, to, literals)
    to += literals
    if (reader.atEnd) return to
    const offset = reader.byte() | (reader.byte() << 8)
    const length = reader.length(token & 0xf) + 4
    if (offset === 0 || offset > to - at) throw new Error('it copies from before its start')
    if (length > end - to) throw new Error('there is no room for it')
    repeat(output, to, offset, length)
    to += length
  }
}

/** A match may overlap itself: then what was just written is read. */
function repeat(output: Uint8Array, to: number, offset: number, length: number): void {
  if (offset >= length && length > 16) {
    output.copyWithin(to, to - offset, to - offset + length)
    return
  }
  for (let i = 0; i < length; i++) output[to + i] = output[to + i - offset]!
}

class BlockReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Error('it is cut short')
    return byte
  }

  length(nibble: number): number {
    let length = nibble
    if (nibble < 15) return length
    for (let byte = 255; byte === 255;) {
      byte = this.byte()
      length += byte
    }
    return length
  }

  copyTo(output: Uint8Array, to: number, length: number): void {
    if (length > this.#bytes.length - this.#at) throw new Error('it is cut short')
    if (length > 16) output.set(this.#bytes.subarray(this.#at, this.#at + length), to)
    else for (let i = 0; i < length; i++) output[to + i] = this.#bytes[this.#at + i]!
    this.#at += length
  }
}
