// The messages that every client sends: one file of keys and values, the same for all.
import { writeFileSync } from 'node:fs'
import type { Cell } from './cells.ts'

export interface BenchMessage {
  readonly key: string
  /** JSON text of ASCII characters. */
  readonly value: string
}

const words =
  'order paid shipped account basket invoice parcel north south coffee tea green orange late early small large customer'.split(
    ' '
  )

/** Events that differ and compress by about half, as real ones do. The same at every run. */
export function makeMessages(count: number, valueBytes: number): readonly BenchMessage[] {
  let state = 12_345
  const dice = (sides: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 4_294_967_296) * sides)
  }
  const messages: BenchMessage[] = []
  for (let index = 0; index < count; index++) {
    const key = `k-${String(dice(100_000_000)).padStart(8, '0')}`
    messages.push({ key, value: makeValue(valueBytes, dice) })
  }
  return messages
}

function makeValue(bytes: number, dice: (sides: number) => number): string {
  let text = `{"id":${10_000_000 + dice(90_000_000)},"user":"u${1000 + dice(9000)}","cents":${10_000 + dice(90_000)},"text":"`
  while (text.length < bytes - 2) {
    const word = dice(3) === 0 ? dice(1_000_000).toString(36) : (words[dice(words.length)] ?? '')
    text += `${word} `
  }
  return `${text.slice(0, bytes - 2)}"}`
}

/** How many different messages are enough: a call of the cell, but no more than 20 MB. */
export function messageCount(cell: Cell): number {
  return Math.max(cell.messages, Math.min(10_000, Math.floor(20_000_000 / cell.valueBytes)))
}

/** A line is `key TAB value`. */
export function writeMessages(path: string, cell: Cell): void {
  const lines = makeMessages(messageCount(cell), cell.valueBytes).map(({ key, value }) => `${key}\t${value}\n`)
  writeFileSync(path, lines.join(''))
}

/** Each key and value is a text of its own, as a serializer makes it, and not a piece of the file's. */
export function parseMessages(text: string): readonly BenchMessage[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [key = '', value = ''] = line.split('\t')
      return { key: copyOf(key), value: copyOf(value) }
    })
}

const copyOf = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
