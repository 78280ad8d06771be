// Cuts a stream of chunks into lines and lines into messages.
import { reasonOf } from '@sluice/core'
import { isUtf8 } from 'node:buffer'

/** One line of the input, without its newline. */
export interface Line {
  /** From 1. */
  readonly number: number
  /** A view of the chunk that it came in, or a copy when it came in several. Cut short when `tooLong`. */
  readonly bytes: Buffer
  /** It had more than `maxLineBytes`; the rest was thrown away. */
  readonly tooLong: boolean
}

const newline = 0x0a
/** What is kept of a line that is too long, for the rejects. */
const keptBytes = 1_024

export class LineSplitter {
  readonly #maxLineBytes: number
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #tooLong = false
  #number = 0

  /** @param maxLineBytes a longer line is not collected, so that memory stays bounded */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** The lines that end in this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      lines.push(this.#take(chunk.subarray(start, end)))
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  /** The last line, when the input does not end with a newline. */
  end(): Line[] {
    return this.#pieces.length === 0 ? [] : [this.#take(Buffer.alloc(0))]
  }

  #take(last: Buffer): Line {
    this.#number++
    if (this.#pieces.length === 0 && last.length <= this.#maxLineBytes) {
      return { number: this.#number, bytes: last, tooLong: false }
    }
    this.#keep(last)
    const line = { number: this.#number, bytes: Buffer.concat(this.#pieces), tooLong: this.#tooLong }
    this.#pieces = []
    this.#pieceBytes = 0
    this.#tooLong = false
    return line
  }

  #keep(piece: Buffer): void {
    if (this.#tooLong) return
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    if (this.#pieceBytes <= this.#maxLineBytes) return
    this.#tooLong = true
    this.#pieces = [Buffer.concat(this.#pieces).subarray(0, keptBytes)]
  }
}

export type Format = 'raw' | 'json' | 'tab'

export interface Parsed {
  /** Null: no key. */
  readonly key: Buffer | string | null
  readonly value: Buffer
}

/** Null for a line that holds no message: a blank one between JSON lines. A string says what is wrong with the line. */
export type LineParser = (line: Line) => Parsed | string | null

export function lineParser(format: Format, keyField: string | null): LineParser {
  const parse = format === 'json' ? jsonParser(keyField) : format === 'tab' ? parseTab : parseRaw
  return line => (line.tooLong ? 'is longer than the largest request (--max-request-size)' : parse(line.bytes))
}

function parseRaw(bytes: Buffer): Parsed {
  return { key: null, value: bytes }
}

function parseTab(bytes: Buffer): Parsed | string {
  const tab = bytes.indexOf(0x09)
  if (tab < 0) return 'has no tab between key and value'
  return { key: bytes.subarray(0, tab), value: bytes.subarray(tab + 1) }
}

/** The value is the line as it stands, not a rewriting of it. */
function jsonParser(keyField: string | null): (bytes: Buffer) => Parsed | string | null {
  return bytes => {
    const text = bytes.toString('utf8')
    if (text.trim() === '') return null
    if (!isUtf8(bytes)) return 'is not JSON: it is not UTF-8'
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return `is not JSON: ${reasonOf(error)}`
    }
    if (keyField === null) return { key: null, value: bytes }
    const key = keyOf(value, keyField)
    return 'wrong' in key ? key.wrong : { key: key.text, value: bytes }
  }
}

function keyOf(value: unknown, field: string): { readonly text: string | null } | { readonly wrong: string } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) {
    return { wrong: `has no field "${field}" to be the key` }
  }
  const key: unknown = Reflect.get(value, field)
  if (key === null) return { text: null }
  if (typeof key === 'string') {
    if (/\p{Surrogate}/u.test(key)) return { wrong: `has half of a character in its key field "${field}"` }
    return { text: key }
  }
  if (typeof key === 'boolean') return { text: String(key) }
  if (typeof key !== 'number') return { wrong: `has an object or a list in its key field "${field}"` }
  // A larger number would come out of JSON.parse as another one, and so with another key.
  if (!Number.isFinite(key) || (Number.isInteger(key) && !Number.isSafeInteger(key))) {
    return { wrong: `has a number above 2^53 in its key field "${field}"; write it as a string` }
  }
  return { text: String(key) }
}
