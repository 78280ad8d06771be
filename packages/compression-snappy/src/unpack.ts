// One raw snappy block, expanded within bounds.

// A block is its expanded size, as a varint, and then elements, told apart by the low two bits of their first byte:
//   0  literals: their number less 1 in the other six bits, or, from 60 on, in the 1 to 4 bytes that follow
//   1  copy: length less 4 (3 bits), offset (3 bits and a byte)
//   2  copy: length less 1 (6 bits), offset (2 bytes)
//   3  copy: length less 1 (6 bits), offset (4 bytes)
// All numbers are little-endian; an offset says how far back the copy begins.

/** The size that a block says it expands to. Nothing of that size has been allocated yet. @throws Error without one */
export function declaredBytes(block: Uint8Array): number {
  let size = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    size += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return size
  }
  throw new Error('it does not say its size')
}

/**
 * Writes what the block expands to, exactly as much as it declares, into `output` from `at`. There must be room for that.
 *
 * @throws Error if the block is damaged
 */
export function unpackBlock(block: Uint8Array, output: Uint8Array, at: number): void {
  const end = at + declaredBytes(block)
  const reader = new BlockReader(block)
  let to = at
  while (!reader.atEnd) {
    const tag = reader.uint(1)
    const length = reader.elementLength(tag)
    if (length > end - to) throw new Error('it expands to more than it says')
    if ((tag & 3) === 0) reader.copyTo(output, to, length)
    else {
      const offset = reader.offset(tag)
      if (offset === 0 || offset > to - at) throw new Error('it copies from before its start')
      repeat(output, to, offset, length)
    }
    to += length
  }
  if (to < end) throw new Error('it expands to less than it says')
}

/** A copy may overlap itself: then what was just written is read. */
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

  /** Begins behind the size. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    while (bytes[this.#at++]! >= 0x80);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  elementLength(tag: number): number {
    const kind = tag & 3
    if (kind === 1) return ((tag >>> 2) & 7) + 4
    const size = tag >>> 2
    return kind !== 0 || size < 60 ? size + 1 : this.uint(size - 59) + 1
  }

  offset(tag: number): number {
    const kind = tag & 3
    if (kind === 1) return ((tag >>> 5) << 8) | this.uint(1)
    return this.uint(kind === 2 ? 2 : 4)
  }

  uint(size: number): number {
    if (size > this.#bytes.length - this.#at) throw new Error('it is cut short')
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#bytes[this.#at + i]!
    this.#at += size
    return value
  }

  copyTo(output: Uint8Array, to: number, length: number): void {
    if (length > this.#bytes.length - this.#at) throw new Error('it is cut short')
    if (length > 16) output.set(this.#bytes.subarray(this.#at, this.#at + length), to)
    else for (let i = 0; i < length; i++) output[to + i] = this.#bytes[this.#at + i]!
    this.#at += length
  }
}
