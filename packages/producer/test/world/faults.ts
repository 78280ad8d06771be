// What can go wrong in a world, and how often: chances from 0 to 1, each step where nothing else is said.
import type { Identity } from '../../src/profile.ts'
import type { QueueRules } from '../../src/queue-events.ts'
import { requestTimeoutMs } from './requests.ts'

export interface Faults {
  /** A connection dies. The broker may have read a part of its requests, and executes that later. */
  readonly cut: number
  /** Of requests that the broker has not read: this share was never handed to the socket. */
  readonly unsent: number

  readonly crash: number
  readonly move: number
  readonly snapshot: number
  /** A follower falls behind and is in sync no more. */
  readonly shrink: number
  /** A replica is made anew: of producers it knows what the rest of the log tells. */
  readonly renew: number
  /** The log loses its beginning, as far as its records are settled. */
  readonly retain: number
  /** Both, and the new replica leads: it knows no producer of what is gone. */
  readonly renewLeader: number
  /** A replica that is not in sync leads: acknowledged records are gone. While nothing is under way. */
  readonly unclean: number
  readonly recreate: number

  /** Each request: refused before the append, for a reason that passes. */
  readonly refuse: number
  /** Each request: written, and not by enough replicas in time. */
  readonly late: number
  /** Each request: UNKNOWN_SERVER_ERROR, before the append or behind it. */
  readonly unknownError: number
  /** Each request: written, then KAFKA_STORAGE_ERROR. */
  readonly storageError: number
  /** Each duplicate: the broker says that it is one, and not where it is. */
  readonly duplicateCode: number

  /** Each batch: the broker refuses its records for good. */
  readonly invalid: number
  readonly tooLarge: number
  /** Each batch: compressed, by a codec that the broker may lack. */
  readonly compressed: number
  /** Each remake: takes time. */
  readonly slowRemake: number

  readonly abort: number
  /** All that is queued is not tried any longer. */
  readonly abandon: number
  /** Each batch: from 50 ms to 3 s in place of the usual time. */
  readonly shortDeadline: number
  /** Each advance of time: by seconds. */
  readonly jump: number
  /** Each batch: without a sequence. */
  readonly plain: number
  /** Each batch with a sequence: under a pair of `pairs`. */
  readonly given: number
  /** Each wish for another identity: takes time. */
  readonly slowIdentity: number

  readonly pairs: readonly Identity[]
  readonly policy: 'continue' | 'fail'
  readonly retries: number
  /**
   * What a broker does with a sequence, not 0, of a producer that it does not know: append it (Kafka 2.5 and later), or
   * refuse it as out of order or of an unknown producer (before).
   */
  readonly stranger: 'appended' | 'out of order' | 'unknown'
}

export const noFaults: Faults = {
  cut: 0,
  unsent: 0,
  crash: 0,
  move: 0,
  snapshot: 0,
  shrink: 0,
  renew: 0,
  retain: 0,
  renewLeader: 0,
  unclean: 0,
  recreate: 0,
  refuse: 0,
  late: 0,
  unknownError: 0,
  storageError: 0,
  duplicateCode: 0,
  invalid: 0,
  tooLarge: 0,
  compressed: 0,
  slowRemake: 0,
  abort: 0,
  abandon: 0,
  shortDeadline: 0,
  jump: 0,
  plain: 0,
  given: 0,
  slowIdentity: 0,
  pairs: [
    { producerId: 99n, producerEpoch: 4 },
    { producerId: 98n, producerEpoch: 0 }
  ],
  policy: 'continue',
  retries: Infinity,
  stranger: 'appended'
}

export function queueRulesOf({ policy, retries }: Faults): QueueRules {
  return {
    quarantineMs: requestTimeoutMs,
    dataLossPolicy: policy,
    topicRecreatedPolicy: policy,
    retries,
    trustBaseOffset: true
  }
}
