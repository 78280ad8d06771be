// What the records of one batch have in common: the options of a call that divide batches.
import type { CompressionCodec, ProduceAcks } from '@sluice/core'

/** A producer id and epoch to write under. */
export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface Profile {
  readonly acks: ProduceAcks
  /** Null: uncompressed. */
  readonly codec: CompressionCodec | null
  readonly idempotent: boolean
  /** Asked for, not only the default: never written without. */
  readonly idempotenceRequired: boolean
  /** The pair that the user gave; null: the producer's own. */
  readonly identity: Identity | null
  /** Upper bound of the time that a broker may wait for replicas. */
  readonly timeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly repeatOnStaleMetadata: boolean
}

export function sameIdentity(one: Identity | null, other: Identity | null): boolean {
  if (one === null || other === null) return one === other
  return one.producerId === other.producerId && one.producerEpoch === other.producerEpoch
}

export function sameProfile(one: Profile, other: Profile): boolean {
  if (one === other) return true
  return (
    one.acks === other.acks &&
    one.codec === other.codec &&
    one.idempotent === other.idempotent &&
    one.idempotenceRequired === other.idempotenceRequired &&
    one.timeoutMs === other.timeoutMs &&
    one.deliveryTimeoutMs === other.deliveryTimeoutMs &&
    one.repeatOnStaleMetadata === other.repeatOnStaleMetadata &&
    sameIdentity(one.identity, other.identity)
  )
}
