// Makes new batches out of the records of one: for splitting, and for taking an aborted call's records out.
import type { MaybePromise } from '@sluice/core'
import { copyRecords, type BatchMemory } from '@sluice/protocol'
import { Batch } from './batch.ts'
import type { SendOperation } from './send-operation.ts'

/** The records of a batch as they are uncompressed; a promise if the codec needs another thread. */
export function rawRecords(batch: Batch): MaybePromise<Uint8Array> {
  const { packedRecords } = batch
  if (!batch.compressed) return packedRecords
  // The bound is the size that they had: the codec cannot be talked into more.
  return batch.profile.codec!.decompress(packedRecords, batch.rawBytes)
}

/** Two batches, each with half of the records. @throws if the codec gave something else than it was given */
export function halves(batch: Batch, records: Uint8Array, memory: BatchMemory): [Batch, Batch] {
  const middle = Math.ceil(batch.recordCount / 2)
  const first = part(batch, records, memory, index => index < middle)
  try {
    return [first, part(batch, records, memory, index => index >= middle)]
  } catch (error) {
    first.release()
    throw error
  }
}

/** The batch without the records of one call. Empty if it has no others. */
export function without(batch: Batch, operation: SendOperation, memory: BatchMemory): Batch {
  const mine: boolean[] = []
  batch.eachRecord((owner, _index, place) => {
    mine[place] = owner === operation
  })
  return part(batch, batch.packedRecords, memory, place => !mine[place])
}

function part(batch: Batch, records: Uint8Array, memory: BatchMemory, keeps: (place: number) => boolean): Batch {
  const made = new Batch(memory, records.byteLength, batch.profile, batch.createdMs, batch.deadlineMs)
  try {
    copyKept(batch, records, made, keeps)
  } catch (error) {
    made.release()
    throw error
  }
  batch.eachRecord((operation, index, place) => {
    if (keeps(place)) made.add(operation, index)
  })
  return made
}

function copyKept(batch: Batch, records: Uint8Array, made: Batch, keeps: (place: number) => boolean): void {
  const { recordCount } = batch
  const { baseTimestamp } = batch.writer
  for (let from = 0; from < recordCount;) {
    let to = from
    while (to < recordCount && keeps(to)) to++
    if (to > from) copyRecords(records, recordCount, baseTimestamp, from, to, made.writer)
    from = to + 1
  }
}
