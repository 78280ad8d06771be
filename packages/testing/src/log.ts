// The log of one partition: batches as they came, kept in the order of their offsets.
import type { BatchHeader } from '@sluice/protocol'

export interface StoredBatch {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly leaderEpoch: number
  /** When it was appended, milliseconds since 1970-01-01 UTC. */
  readonly appendedMs: number
  /** As the producer wrote it; `baseOffset` and `partitionLeaderEpoch` are in this object and in `bytes`. */
  readonly header: BatchHeader
  readonly bytes: Uint8Array
}

export interface AppendPlace {
  readonly leaderEpoch: number
  readonly epochMs: number
}

const leaderEpochAt = 12

export class PartitionLog {
  #batches: StoredBatch[] = []
  #startOffset = 0n
  #endOffset = 0n
  #bytes = 0

  /** The first offset that can be read. */
  get startOffset(): bigint {
    return this.#startOffset
  }

  /** The offset that the next record gets. */
  get endOffset(): bigint {
    return this.#endOffset
  }

  get bytes(): number {
    return this.#bytes
  }

  get batches(): readonly StoredBatch[] {
    return this.#batches
  }

  /** Takes the bytes over and writes the batch's place into them: offset and leader epoch, which no checksum covers. */
  append(bytes: Uint8Array, header: BatchHeader, place: AppendPlace): StoredBatch {
    const baseOffset = this.#endOffset
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    view.setBigInt64(0, baseOffset)
    view.setInt32(leaderEpochAt, place.leaderEpoch)
    const batch: StoredBatch = {
      baseOffset,
      lastOffset: baseOffset + BigInt(header.lastOffsetDelta),
      leaderEpoch: place.leaderEpoch,
      appendedMs: place.epochMs,
      header,
      bytes
    }
    this.#batches.push(batch)
    this.#bytes += bytes.length
    this.#endOffset = batch.lastOffset + 1n
    return batch
  }

  /**
   * Whole batches from the one that holds `offset` on. At least one, whatever its size, then as many as fit `maxBytes`.
   * Empty at the end of the log.
   */
  read(offset: bigint, maxBytes: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let bytes = 0
    for (let index = this.#indexOf(offset); index < this.#batches.length; index++) {
      const batch = this.#batches[index]!
      if (found.length > 0 && bytes + batch.bytes.length > maxBytes) break
      found.push(batch.bytes)
      bytes += batch.bytes.length
    }
    return found
  }

  /** Loses the end of the log, as in an unclean election. A batch is lost whole when any of its records is. */
  truncate(endOffset: bigint): void {
    while (this.#batches.length > 0 && this.#batches.at(-1)!.lastOffset >= endOffset) {
      this.#bytes -= this.#batches.pop()!.bytes.length
    }
    const last = this.#batches.at(-1)
    const kept = last === undefined ? this.#startOffset : last.lastOffset + 1n
    this.#endOffset = endOffset < this.#endOffset ? kept : this.#endOffset
  }

  /** Loses the beginning of the log, as retention and DeleteRecords do. A batch goes when all of its records do. */
  deleteBefore(offset: bigint): void {
    const startOffset = offset > this.#endOffset ? this.#endOffset : offset
    if (startOffset <= this.#startOffset) return
    this.#startOffset = startOffset
    let gone = 0
    for (const batch of this.#batches) {
      if (batch.lastOffset >= startOffset) break
      this.#bytes -= batch.bytes.length
      gone++
    }
    this.#batches.splice(0, gone)
  }

  /** Drops whole batches from the beginning until no more than so many bytes are left. */
  retain(bytes: number): void {
    // One pass over an array is dear, so it waits until there is something to gain.
    if (this.#bytes <= bytes * 2) return
    let left = this.#bytes
    const firstKept = this.#batches.find(batch => {
      if (left <= bytes) return true
      left -= batch.bytes.length
      return false
    })
    this.deleteBefore(firstKept?.baseOffset ?? this.#endOffset)
  }

  #indexOf(offset: bigint): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
