// What a broker's no means beyond the batch that it is about: for the picture of the cluster, for the topic, for the identity.
import { BrokerError, type Clock, type KafkaError } from '@sluice/core'
import { brokerError, brokerErrorInfo, errorCodes } from '@sluice/protocol'
import type { Metadata, RetryDelay } from '@sluice/base/parts'
import type { Partition, Topic } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { Identity } from './profile.ts'
import type { QueueEvent } from './queue-events.ts'
import type { NotAcked, Verdict } from './verdict.ts'

export interface ConsequencesParts {
  readonly clock: Clock
  readonly metadata: Metadata
  readonly identity: ProducerIdentity
  readonly retryDelay: RetryDelay
  /** -1 if none is known. */
  readonly leaderOf: (partition: Partition) => number
  readonly apply: (partition: Partition, event: QueueEvent<Batch>) => void
}

export class Consequences {
  readonly #parts: ConsequencesParts

  constructor(parts: ConsequencesParts) {
    this.#parts = parts
  }

  /** Renews the picture of the cluster where the answer says that it is old. @returns how long until the partition is tried again, milliseconds */
  delayAfter(partition: Partition, batch: Batch, verdict: NotAcked, nodeId: number): number {
    const { metadata, retryDelay, leaderOf } = this.#parts
    const { cause, kind } = verdict
    if (isStale(verdict)) {
      if (cause instanceof BrokerError && cause.errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER)
        metadata.doubtLeader(partition.topic.name, partition.index, nodeId)
      metadata.refresh()
    }
    const isFirst = partition.state.batches.find(each => !each.givenUp) === batch
    if (kind !== 'retry' && !(kind === 'resequence' && isFirst)) return 0
    // A leader that moved is asked at once: the delay is for asking the same one again.
    const leader = leaderOf(partition)
    if ((leader >= 0 && leader !== nodeId) || isLedAnew(partition, batch)) return 0
    return retryDelay({ operation: 'Produce', attempt: partition.state.failures + 1, error: cause })
  }

  /**
   * The batch has failed; what else does for the same reason.
   *
   * @param identity under which the batch was sent
   */
  spread(
    { topic }: Partition,
    { profile }: Batch,
    identity: Identity | null,
    { scope, cause }: Extract<Verdict, { kind: 'failed' }>
  ): void {
    if (scope === 'topic') this.#denyTopic(topic, cause)
    if (scope === 'identity' && identity !== null && profile.identity === null)
      this.#parts.identity.denied(identity, cause)
  }

  /** What is queued for the topic, and never left or was refused for certain, fails; and so do sends of the next moment. */
  #denyTopic(topic: Topic, cause: KafkaError): void {
    const { clock, metadata, apply } = this.#parts
    topic.denied = true
    const error = cause instanceof BrokerError ? brokerError(cause.errorCode, { topic: topic.name, cause }) : cause
    metadata.denied(topic.name, error.withOutcome('not-persisted'))
    const nowMs = clock.monotonicMs()
    for (const partition of topic.partitions) {
      for (const batch of [...partition.state.batches]) {
        if (!batch.inFlight && !batch.everUncertain) apply(partition, { type: 'dropped', batch, cause: error, nowMs })
      }
    }
  }
}

/** Whether the partition has had an election since the batch was last sent. */
export function isLedAnew(partition: Partition, { leaderEpoch }: Batch): boolean {
  return leaderEpoch >= 0 && partition.leaderEpoch > leaderEpoch
}

/** Whether the answer says that our picture of the cluster is old: it is renewed, though the batch may not be sent again. */
function isStale(verdict: NotAcked): boolean {
  if (verdict.kind === 'retry') return verdict.refresh
  return verdict.cause instanceof BrokerError && brokerErrorInfo(verdict.cause.errorCode).refresh
}
