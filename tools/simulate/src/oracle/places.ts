// Where each record is in the logs.
import type { FinalLog, SentRecord } from '../run-record.ts'
import { numberOf } from '../wire/naming.ts'

export interface Found {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly deleted: boolean
}

/** Every place where each record is, in the order of offsets. */
export type Places = ReadonlyMap<number, readonly Found[]>

export function placesIn(logs: readonly FinalLog[]): Places {
  const places = new Map<number, Found[]>()
  for (const { topic, partition, deleted, startOffset, batches } of logs) {
    for (const batch of batches) {
      for (const record of batch.records) {
        const offset = batch.baseOffset + record.offsetDelta
        if (offset < startOffset) continue
        const number = numberOf(record.value, record.key)
        const found = { topic, partition, offset, deleted }
        const known = places.get(number)
        if (known === undefined) places.set(number, [found])
        else known.push(found)
      }
    }
  }
  return places
}

export function placeText(found: Found): string {
  return `${found.topic}-${found.partition}:${found.offset}`
}

export function recordText(record: SentRecord): string {
  return `Record ${record.number} of call ${record.call.call} for ${record.topic}-${record.wanted}`
}
