// What a message carries in a cell, in the shapes that JavaScript clients take.
import type { Cell } from '../cells.ts'
import type { BenchMessage } from '../messages.ts'

export type HeaderRecord = Record<string, string>

export function headersOf(cell: Cell): HeaderRecord | undefined {
  if (cell.headers === 0) return undefined
  return Object.fromEntries(Array.from({ length: cell.headers }, (_, index) => [`header-${index}`, `value-${index}`]))
}

export interface Content {
  readonly key: string | Buffer
  readonly value: unknown
}

/** Text, an object to be turned into JSON, or bytes for both key and value. */
export function contentOf(cell: Cell, { key, value }: BenchMessage): Content {
  if (cell.values === 'bytes') return { key: Buffer.from(key), value: Buffer.from(value) }
  return { key, value: cell.values === 'json' ? JSON.parse(value) : value }
}

/** For clients that take only text and bytes, at each call as an application would. */
export function asTextOrBytes(cell: Cell, value: unknown): string | Buffer {
  // The content was made by `contentOf`.
  return cell.values === 'json' ? JSON.stringify(value) : (value as string | Buffer)
}
