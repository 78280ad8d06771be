// Compares what was read back with what was sent: count, keys, order in each partition, and a checksum of everything.
import { createHash } from 'node:crypto'
import type { FlightRecord } from './flights.ts'

/** What one partition holds, in the order of its offsets. */
export type ReadBack = ReadonlyMap<number, readonly FlightRecord[]>

export interface Finding {
  readonly what: string
  readonly holds: boolean
  readonly detail: string
}

/**
 * @param placeOf the partition that the reader's own client would choose for a key
 */
export function compare(
  sent: readonly FlightRecord[],
  read: ReadBack,
  placeOf: (key: string) => number
): readonly Finding[] {
  const all = [...read.values()].flat()
  const [before, after] = [checksum(sent), checksum(all)]
  return [
    finding('count', all.length === sent.length, `${number(all.length)} records of ${number(sent.length)}`),
    compareKeys(sent, read, placeOf),
    compareOrder(sent, read, placeOf),
    finding(
      'checksum',
      before === after,
      before === after ? `SHA-256 ${after}` : `SHA-256 ${after}, sent was ${before}`
    )
  ]
}

/**
 * SHA-256 over all records as lines `key<TAB>value`, sorted by bytes: the same for every order of reading.
 * In a shell: `LC_ALL=C sort | sha256sum`.
 */
export function checksum(records: Iterable<FlightRecord>): string {
  const lines: string[] = []
  for (const { key, value } of records) lines.push(`${key}\t${value}\n`)
  // The lines are ASCII, for which this is the order of their bytes.
  lines.sort()
  const hash = createHash('sha256')
  for (const line of lines) hash.update(line)
  return hash.digest('hex')
}

function compareKeys(sent: readonly FlightRecord[], read: ReadBack, placeOf: (key: string) => number): Finding {
  const wanted = new Set(sent.map(({ key }) => key))
  for (const [partition, records] of read) {
    for (const { key } of records) {
      if (!wanted.has(key)) return finding('keys', false, `"${key}" was never sent`)
      if (placeOf(key) !== partition) return finding('keys', false, `"${key}" is in ${partition}, not ${placeOf(key)}`)
    }
  }
  return finding('keys', true, `${number(wanted.size)} keys, each in the partition that the reader's client gives it`)
}

/** Each partition must hold exactly the records of its keys, in the order in which they were sent. */
function compareOrder(sent: readonly FlightRecord[], read: ReadBack, placeOf: (key: string) => number): Finding {
  const places = new Map<number, number>()
  for (const { key, value } of sent) {
    const partition = placeOf(key)
    const place = places.get(partition) ?? 0
    const found = read.get(partition)?.[place]
    if (found?.key !== key || found.value !== value) {
      return finding(
        'order',
        false,
        `record ${number(place)} of partition ${partition} is not ${value} but ${found?.value}`
      )
    }
    places.set(partition, place + 1)
  }
  return finding('order', true, `as sent, in all ${places.size} partitions`)
}

const finding = (what: string, holds: boolean, detail: string): Finding => ({ what, holds, detail })

const number = (value: number): string => value.toLocaleString('en-US')
