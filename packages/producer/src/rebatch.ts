// Makes new batches out of the records of one: halves, all of them uncompressed, or those that are not an aborted call's.
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
  const first = part(batch, records, successor(batch, memory), index => index < middle)
  try {
    return [first, part(batch, records, successor(batch, memory), index => index >= middle)]
  } catch (error) {
    first.release()
    throw error
  }
}

/** The same records, for a broker that does not have the codec. @throws if the codec gave something else than it was given */
export function uncompressed(batch: Batch, records: Uint8Array, memory: BatchMemory): Batch {
  const profile = { ...batch.profile, codec: null }
  const made = new Batch(memory, records.byteLength, profile, batch.createdMs, batch.deadlineMs)
  return part(batch, records, made, () => true)
}

/** The batch without the records of one call. Empty if it has no others. */
export function without(batch: Batch, operation: SendOperation, memory: BatchMemory): Batch {
  const mine: boolean[] = []
  batch.owners.each((owner, _index, place) => {
    mine[place] = owner === operation
  })
  return part(batch, batch.packedRecords, successor(batch, memory), place => !mine[place])
}

/** Empty, and as small as can be: how much of the records it gets shows when it has them. */
function successor(batch: Batch, memory: BatchMemory): Batch {
  return new Batch(memory, 0, batch.profile, batch.createdMs, batch.deadlineMs)
}

/** Fills `made` with those of the batch's records that are kept, and with whom to tell about them. */
function part(batch: Batch, records: Uint8Array, made: Batch, keeps: (place: number) => boolean): Batch {
  try {
    copyKept(batch, records, made, keeps)
  } catch (error) {
    made.release()
    throw error
  }
  batch.owners.each((operation, index, place) => {
    if (keeps(place)) made.owners.add(operation, index)
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
