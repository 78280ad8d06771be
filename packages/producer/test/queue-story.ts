// A partition's queue as a story is told about it: what leaves, what is answered, what comes of it.
import { ConnectionError } from '@sluice/core'
import { brokerError } from '@sluice/protocol'
import { reduce } from '../src/partition-queue.ts'
import type { Profile } from '../src/profile.ts'
import { candidate, stage, type Departure } from '../src/queue-departure.ts'
import type { QueueEffect, QueueRules } from '../src/queue-events.ts'
import { newQueueState, type QueuedBatch, type QueueState } from '../src/queue-state.ts'
import type { Verdict } from '../src/verdict.ts'

export const idempotent: Profile = {
  acks: -1,
  codec: null,
  idempotent: true,
  idempotenceRequired: false,
  identity: null,
  timeoutMs: 1_000,
  deliveryTimeoutMs: 10_000,
  repeatOnStaleMetadata: true
}
const rules: QueueRules = {
  quarantineMs: 1_000,
  dataLossPolicy: 'continue',
  topicRecreatedPolicy: 'fail',
  trustBaseOffset: true,
  retries: Infinity
}

/** What the queue writes of a batch, before anything has happened to it. */
export const untouched: Omit<QueuedBatch, 'recordCount' | 'compressed' | 'profile' | 'deadlineMs'> = {
  sequence: -1,
  wireSequence: -1,
  identity: null,
  inFlight: false,
  route: 0,
  attempts: 0,
  leftMs: 0,
  everUncertain: false,
  ghostUntilMs: 0,
  givenUp: false,
  cappedAnswers: 0,
  refused: null,
  remake: null,
  firstError: null,
  lastError: null
}

interface Named extends QueuedBatch {
  readonly name: string
}

/** A queue as a story is told about it: what leaves, what is answered, what comes of it. */
export class Story {
  readonly state: QueueState<Named> = newQueueState()
  readonly #batches = new Map<string, Named>()
  readonly #rules: QueueRules
  nowMs = 0
  route = 1
  version = 1

  constructor(more: Partial<QueueRules> = {}) {
    this.#rules = { ...rules, ...more }
  }

  add(name: string, records = 1, profile: Profile = idempotent): void {
    const batch: Named = {
      name,
      recordCount: records,
      compressed: true,
      profile,
      deadlineMs: this.nowMs + profile.deliveryTimeoutMs,
      ...untouched
    }
    this.#batches.set(name, batch)
    this.state.batches.push(batch)
  }

  get #departure(): Departure {
    const identity =
      this.version === 0 ? null : { producerId: BigInt(this.version), producerEpoch: 0, version: this.version }
    return { nowMs: this.nowMs, route: this.route, identity, plainFallback: false }
  }

  /** Everything that may leave now, as `name@sequence/epoch`. */
  leave(): string[] {
    const left: string[] = []
    for (
      let batch = candidate(this.state, this.#departure);
      batch !== null;
      batch = candidate(this.state, this.#departure)
    ) {
      if (!stage(this.state, batch, this.#departure)) return [...left, 'wants an identity']
      left.push(
        batch.identity === null ? batch.name : `${batch.name}@${batch.wireSequence}/${batch.identity.producerEpoch}`
      )
    }
    return left
  }

  answer(name: string, verdict: Verdict, delayMs = 0): string[] {
    return this.#told(
      reduce(
        this.state,
        { type: 'answered', batch: this.#named(name), verdict, nowMs: this.nowMs, delayMs },
        this.#rules
      )
    )
  }

  expire(): string[] {
    return this.#told(reduce(this.state, { type: 'clock', nowMs: this.nowMs }, this.#rules))
  }

  lead(): void {
    reduce(this.state, { type: 'led', nowMs: this.nowMs }, this.#rules)
  }

  recreate(): string[] {
    return this.#told(reduce(this.state, { type: 'recreated', topic: 't', nowMs: this.nowMs }, this.#rules))
  }

  abandon(): string[] {
    const cause = brokerError(3)
    return this.#told(reduce(this.state, { type: 'abandoned', cause, nowMs: this.nowMs }, this.#rules))
  }

  reset(): void {
    reduce(this.state, { type: 'reset', nowMs: this.nowMs }, this.#rules)
  }

  halve(name: string): void {
    const batch = this.#named(name)
    for (const half of ['1', '2']) this.add(`${name}.${half}`, batch.recordCount / 2)
    const by = ['1', '2'].map(half => this.#named(`${name}.${half}`))
    this.state.batches.splice(-2)
    reduce(this.state, { type: 'replaced', batch, by, nowMs: this.nowMs }, this.#rules)
  }

  #named(name: string): Named {
    return this.#batches.get(name)!
  }

  #told(effects: readonly QueueEffect<Named>[]): string[] {
    return effects.map(effect => {
      if (effect.type === 'failed') return `${effect.batch.name} ${effect.outcome}`
      if (effect.type === 'acked') return `${effect.batch.name} at ${effect.baseOffset}`
      if (effect.type === 'remake') return `${effect.batch.name} ${effect.how}`
      return 'batch' in effect ? `${effect.batch.name} ${effect.type}` : effect.type
    })
  }
}

export const acked = (baseOffset: bigint): Verdict => ({ kind: 'acked', baseOffset, appendTimeMs: -1n })
export const retry = (certain: boolean, code = 6, cap = Infinity): Verdict => ({
  kind: 'retry',
  cause: brokerError(code),
  refresh: true,
  certain,
  cap,
  renegotiate: false
})
export const lost: Verdict = {
  ...(retry(false) as Verdict & { kind: 'retry' }),
  cause: new ConnectionError('cut', { handedOver: true })
}
export const refusal = (code: number, logStartOffset = -1n): Verdict => ({
  kind: 'resequence',
  cause: brokerError(code),
  certain: true,
  forgotten: code === 59,
  logStartOffset
})
export const resequence = refusal(45)
export const forgotten = refusal(59)
export const rejected: Verdict = { kind: 'failed', cause: brokerError(87), certain: true, blame: [], scope: 'batch' }
export const tooLarge: Verdict = { kind: 'remake', cause: brokerError(10), certain: true, how: 'split' }
export const notCompressed: Verdict = { kind: 'remake', cause: brokerError(76), certain: true, how: 'uncompressed' }
export const fenced = (ends: boolean): Verdict => ({
  kind: 'fenced',
  cause: brokerError(ends ? 90 : 47),
  certain: true,
  ends
})

/** The first of these is sent and acknowledged: the broker has proven to know us. */
export function provenBy(names: string, more: Partial<QueueRules> = {}): Story {
  const story = new Story(more)
  for (const name of names) story.add(name)
  story.leave()
  story.answer(names.charAt(0), acked(0n))
  return story
}

/** One is acknowledged; of the two behind it one is rejected, and the other lost, and given up. */
export function lostBehindRejected(): Story {
  const story = provenBy('abc')
  story.leave()
  story.answer('b', rejected)
  story.answer('c', lost)
  story.nowMs = 10_000
  story.expire()
  return story
}

/** Batch a is sent, its time ends, and then its connection. */
export function expiredInFlight(): Story {
  const story = new Story()
  story.add('a')
  story.leave()
  story.nowMs = 10_000
  story.expire()
  story.answer('a', lost)
  return story
}
