// What a partition knows about each producer id, and whether a batch fits it: pure.

/** The part of a batch's header that says who wrote it and what it claims to follow. */
export interface BatchIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** -1 when the producer is not idempotent. */
  readonly baseSequence: number
  readonly lastOffsetDelta: number
}

/** A batch that a partition would recognise if it came again. */
export interface RememberedBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: bigint
  readonly logAppendTimeMs: bigint
}

export interface ProducerEntry {
  readonly epoch: number
  /** At most five, oldest first. Never empty. */
  readonly batches: readonly RememberedBatch[]
  /** When the producer last wrote, for expiry. */
  readonly lastWriteMs: number
}

export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: RememberedBatch }
  | { readonly kind: 'reject'; readonly errorCode: number; readonly reason: string }

export interface SequenceRules {
  /**
   * Whether a partition that knows nothing of a producer accepts any first sequence. Brokers up to 4.3 do.
   *
   * @see KAFKA-19880
   */
  readonly acceptUnknownProducer: boolean
}

const rememberedBatches = 5
const sequenceLimit = 2 ** 31

const outOfOrderSequenceNumber = 45
const invalidProducerEpoch = 47

/** Sequences count records modulo 2^31: after 2147483647 comes 0. */
export function sequenceAfter(sequence: number, records: number): number {
  return (sequence + records) % sequenceLimit
}

export function lastSequenceOf(batch: BatchIdentity): number {
  return sequenceAfter(batch.baseSequence, batch.lastOffsetDelta)
}

/**
 * Judges one batch of an idempotent producer as the leader does before it appends.
 *
 * @see apache/kafka storage/src/main/java/org/apache/kafka/storage/internals/log/ProducerAppendInfo.java@4.0.0
 */
export function judgeSequence(
  entry: ProducerEntry | undefined,
  batch: BatchIdentity,
  rules: SequenceRules
): SequenceVerdict {
  if (entry === undefined) return judgeFirst(batch, rules)
  if (batch.producerEpoch < entry.epoch) {
    return {
      kind: 'reject',
      errorCode: invalidProducerEpoch,
      reason: `Epoch ${batch.producerEpoch} of producer ${batch.producerId} is older than ${entry.epoch}`
    }
  }
  if (batch.producerEpoch > entry.epoch) return judgeNewEpoch(batch)
  const known = findDuplicate(entry, batch)
  if (known !== undefined) return { kind: 'duplicate', batch: known }
  const expected = sequenceAfter(entry.batches.at(-1)!.lastSequence, 1)
  return batch.baseSequence === expected ? { kind: 'append' } : outOfOrder(batch, `${expected} was expected`)
}

function judgeFirst(batch: BatchIdentity, rules: SequenceRules): SequenceVerdict {
  if (batch.baseSequence === 0 || rules.acceptUnknownProducer) return { kind: 'append' }
  return outOfOrder(batch, 'nothing is known of this producer, so 0 was expected')
}

function judgeNewEpoch(batch: BatchIdentity): SequenceVerdict {
  return batch.baseSequence === 0 ? { kind: 'append' } : outOfOrder(batch, 'a new epoch starts at 0')
}

function outOfOrder(batch: BatchIdentity, why: string): SequenceVerdict {
  const reason = `Sequence ${batch.baseSequence} of producer ${batch.producerId}, epoch ${batch.producerEpoch}, is out of order: ${why}`
  return { kind: 'reject', errorCode: outOfOrderSequenceNumber, reason }
}

function findDuplicate(entry: ProducerEntry, batch: BatchIdentity): RememberedBatch | undefined {
  const lastSequence = lastSequenceOf(batch)
  return entry.batches.find(known => known.firstSequence === batch.baseSequence && known.lastSequence === lastSequence)
}

/** The entry after the batch was appended. A new epoch forgets the batches of the old one. */
export function rememberBatch(
  entry: ProducerEntry | undefined,
  batch: BatchIdentity,
  place: { readonly baseOffset: bigint; readonly logAppendTimeMs: bigint; readonly nowMs: number }
): ProducerEntry {
  const remembered: RememberedBatch = {
    firstSequence: batch.baseSequence,
    lastSequence: lastSequenceOf(batch),
    baseOffset: place.baseOffset,
    logAppendTimeMs: place.logAppendTimeMs
  }
  const earlier = entry !== undefined && entry.epoch === batch.producerEpoch ? entry.batches : []
  return {
    epoch: batch.producerEpoch,
    batches: [...earlier.slice(-(rememberedBatches - 1)), remembered],
    lastWriteMs: place.nowMs
  }
}
