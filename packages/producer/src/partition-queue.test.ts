import { describe, expect, test } from 'vitest'
import { ConnectionError } from '@sluice/core'
import { brokerError } from '@sluice/protocol'
import { reduce } from './partition-queue.ts'
import { candidate, stage, type Departure } from './queue-departure.ts'
import type { QueueEffect, QueueRules } from './queue-events.ts'
import type { Profile } from './profile.ts'
import { newQueueState, refusalOf, type QueuedBatch, type QueueState } from './queue-state.ts'
import type { Verdict } from './verdict.ts'

const idempotent: Profile = {
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
  retries: Infinity
}

interface Named extends QueuedBatch {
  readonly name: string
}

/** A queue as a story is told about it: what leaves, what is answered, what comes of it. */
class Story {
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
      sequence: -1,
      wireSequence: -1,
      identity: null,
      inFlight: false,
      route: 0,
      attempts: 0,
      everUncertain: false,
      lastUncertainMs: 0,
      givenUp: false,
      cappedAnswers: 0,
      refused: null,
      remake: null,
      firstError: null,
      lastError: null
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

const acked = (baseOffset: bigint): Verdict => ({ kind: 'acked', baseOffset, appendTimeMs: -1n })
const retry = (certain: boolean, code = 6, cap = Infinity): Verdict => ({
  kind: 'retry',
  cause: brokerError(code),
  refresh: true,
  certain,
  cap,
  renegotiate: false
})
const lost: Verdict = {
  ...(retry(false) as Verdict & { kind: 'retry' }),
  cause: new ConnectionError('cut', { handedOver: true })
}
const refusal = (code: number, logStartOffset = -1n): Verdict => ({
  kind: 'resequence',
  cause: brokerError(code),
  certain: true,
  forgotten: code === 59,
  logStartOffset
})
const resequence = refusal(45)
const forgotten = refusal(59)
const rejected: Verdict = { kind: 'failed', cause: brokerError(87), certain: true, blame: [], scope: 'batch' }
const tooLarge: Verdict = { kind: 'remake', cause: brokerError(10), certain: true, how: 'split' }
const notCompressed: Verdict = { kind: 'remake', cause: brokerError(76), certain: true, how: 'uncompressed' }
const fenced = (ends: boolean): Verdict => ({ kind: 'fenced', cause: brokerError(ends ? 90 : 47), certain: true, ends })

describe('partition queue', () => {
  test('one batch until the broker has proven to know us, then five', () => {
    const story = new Story()
    for (const name of 'abcdefg') story.add(name)
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', acked(0n))).toEqual(['a at 0'])
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0', 'e@4/0', 'f@5/0'])
  })

  test('after five minutes without a success the broker may have forgotten us: one again', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name, 1, { ...idempotent, deliveryTimeoutMs: 600_000 })
    story.leave()
    story.answer('a', acked(0n))
    story.nowMs = 300_000
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test('later batches are kept back while an earlier one is retried, then all go again under their sequences', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    expect(story.answer('b', retry(true), 100)).toEqual(['b retrying'])
    expect(story.leave()).toEqual([])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual([])
    story.nowMs = 100
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('under another identity the broker has to prove anew that it knows us', () => {
    const mine = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', acked(0n))
    for (const name of 'bc') story.add(name, 1, mine)
    expect(story.leave()).toEqual(['b@0/4'])
  })

  test('a later batch that was written though an earlier one was refused waits for it, and settles behind it', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    expect(story.answer('b', retry(true))).toEqual(['b retrying'])
    expect(story.answer('c', acked(1n))).toEqual([])
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', acked(2n))).toEqual(['b at 2'])
    expect(story.leave()).toEqual(['c@2/0'])
    expect(story.answer('c', acked(1n))).toEqual(['c at 1'])
  })

  test('the delay that one refusal asked for does not keep back what comes after another', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', retry(true), 100)
    story.nowMs = 100
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', rejected)).toEqual(['a not-persisted'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('two refused batches leave one gap: what is behind moves down by both', () => {
    const story = new Story()
    for (const name of 'abcd') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    story.leave()
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    expect(story.answer('c', rejected)).toEqual(['c not-persisted'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['d@1/0'])
  })

  test('expired in flight, then refused for certain: the next takes its sequence', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    expect(story.answer('a', retry(true))).toEqual(['a forgotten'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('nothing follows a batch that was given up in the middle, until what is in flight is answered', () => {
    const story = new Story()
    story.add('a')
    story.add('b')
    story.add('c', 1, { ...idempotent, deliveryTimeoutMs: 100 })
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    story.nowMs = 100
    expect(story.expire()).toEqual(['c unknown'])
    story.add('d')
    story.add('e')
    expect(story.leave()).toEqual([])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual([])
    story.answer('c', lost)
    story.route = 2
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('a probe that was lost itself, and is refused in the end, was not written: it goes on in the next epoch', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('a', lost)
    story.add('b')
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    story.nowMs = 12_000
    expect(story.answer('b', resequence)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  describe('a probe is refused, and one behind it was given up, too', () => {
    /** a is given up, b probes, and everything up to the last of the names is lost with its connection. */
    function lostTogether(names: string, hurried: string): Story {
      const story = new Story()
      story.add('w')
      story.leave()
      story.answer('w', acked(0n))
      for (const name of names)
        story.add(name, 1, { ...idempotent, deliveryTimeoutMs: hurried.includes(name) ? 100 : 10_000 })
      expect(story.leave()).toHaveLength(names.length)
      for (const name of names) story.answer(name, lost)
      story.nowMs = 2_000
      expect(story.expire()).toEqual(hurried.split('').map(name => `${name} unknown`))
      story.route = 2
      story.add('z')
      expect(story.leave()).toEqual(['b@2/0'])
      return story
    }

    // Story: a, b and c are written, and the broker restarts before it answers. It remembers nothing but c: it refuses b,
    // although b is in the log, and nobody can ask about c. Were b sent under another epoch, it would be there twice.
    test('it may be all that a restarted broker remembers, so the probe itself is in doubt', () => {
      const story = lostTogether('abc', 'ac')
      expect(story.answer('b', resequence)).toEqual(['a forgotten', 'b unknown', 'c forgotten'])
      expect(story.leave()).toEqual(['z@0/1'])
    })

    test('what is behind it all was asked about, and goes on under another epoch', () => {
      const story = lostTogether('abcd', 'ac')
      expect(story.answer('b', resequence)).toEqual([])
      expect(story.leave()).toEqual(['d@4/0'])
      expect(story.answer('d', resequence)).toEqual(['a forgotten', 'b unknown', 'c forgotten'])
      expect(story.leave()).toEqual(['d@0/1'])
    })
  })

  test('a refusal that does not count yet is asked for again when it does, not later', () => {
    const story = new Story()
    for (const name of 'ab') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    story.nowMs = 990
    story.route = 2
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', resequence, 800)
    story.nowMs = 999
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test('once a probe has found out, nothing is left to wait for: it goes on at once', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('a', lost)
    story.add('b')
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 500)).toEqual([])
    expect(story.leave()).toEqual([])
    story.nowMs = 11_500
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 1_000)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('what one connection has proven says nothing about the next', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    story.route = 2
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test('the first batch of the epoch after a data loss, refused too: a new producer id, not another loss', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', acked(0n))
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    expect(story.leave()).toEqual(['b@0/1'])
    expect(story.answer('b', resequence)).toEqual(['identity-wanted'])
  })

  test('a refusal keeps back what has not left yet, until what is in flight is answered', () => {
    const story = new Story()
    for (const name of 'abcd') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
    story.add('e')
    expect(story.answer('c', retry(true))).toEqual(['c retrying'])
    expect(story.leave()).toEqual([])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual([])
    expect(story.answer('d', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('without acknowledgement nothing leaves for a new leader either, before the old one has taken what is under way', () => {
    const silent: Profile = { ...idempotent, acks: 0, idempotent: false }
    const story = new Story()
    story.add('a', 1, silent)
    expect(story.leave()).toEqual(['a'])
    story.add('b', 1, silent)
    story.route = 2
    expect(story.leave()).toEqual([])
    story.answer('a', acked(-1n))
    expect(story.leave()).toEqual(['b'])
  })

  test('a plain refusal keeps nothing silent back for good', () => {
    const silent: Profile = { ...idempotent, acks: 0, idempotent: false }
    const story = new Story()
    story.add('a', 1, silent)
    story.leave()
    story.add('b', 1, silent)
    expect(story.answer('a', retry(true))).toEqual(['a retrying'])
    expect(story.leave()).toEqual(['a', 'b'])
  })

  test('nothing leaves for a new leader before the old one has answered', () => {
    const story = new Story()
    for (const name of 'ab') story.add(name)
    story.leave()
    story.route = 2
    expect(story.leave()).toEqual([])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test("a later batch's success proves an earlier one whose answer was lost", () => {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    story.leave()
    story.answer('b', retry(false, 7))
    expect(story.answer('c', acked(2n))).toEqual(['b at -1', 'c at 2'])
  })

  test('a refused batch is taken out, and those behind it move down', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name, 2)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@2/0', 'c@4/0'])
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('a batch that was ever uncertain stays so: a later refusal does not make it not-persisted', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', lost)
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', rejected)).toEqual(['a unknown'])
  })

  test('expiry before it ever left: not-persisted, and the next takes its place', () => {
    const story = new Story()
    story.add('a')
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a not-persisted'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('what has expired does not leave any more, though it has not been told yet', () => {
    const story = new Story()
    story.add('a')
    story.nowMs = 10_000
    expect(story.leave()).toEqual([])
    expect(story.expire()).toEqual(['a not-persisted'])
  })

  test('expiry in flight: unknown; the next batch behind it finds out, and a refusal begins a new epoch', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    story.add('b')
    story.add('c')
    expect(story.leave()).toEqual([])
    expect(story.answer('a', lost)).toEqual([])
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('expiry in flight, and the next batch is written: so was the first', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('a', lost)
    story.add('b')
    story.leave()
    expect(story.answer('b', acked(1n))).toEqual(['a forgotten', 'b at 1'])
    story.add('c')
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('a refusal of what was lost with its connection counts only when that is dead long enough', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', acked(0n))
    story.add('b')
    story.leave()
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 100)).toEqual([])
    story.nowMs = 100
    expect(story.leave()).toEqual(['b@1/0'])
    story.nowMs = 1_100
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'b unknown'])
  })

  test('the broker contradicts its own acknowledgement: told, and by policy a new epoch or a stop until reset', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', acked(0n))
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    expect(story.leave()).toEqual(['b@0/1'])

    const strict = new Story({ dataLossPolicy: 'fail' })
    strict.add('a')
    strict.leave()
    strict.answer('a', acked(0n))
    strict.add('b')
    strict.leave()
    expect(strict.answer('b', resequence)).toEqual(['b data-lost', 'b not-persisted'])
    strict.add('c')
    expect(strict.leave()).toEqual([])
    strict.reset()
    expect(strict.leave()).toEqual(['c@0/1'])
  })

  test('a reset under a given identity: a new epoch, for sequence 0 of the old one would be taken for a duplicate', () => {
    const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 1, given)
    story.leave()
    story.answer('a', acked(0n))
    story.add('b', 1, given)
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'b not-persisted'])
    story.reset()
    story.add('c', 1, given)
    expect(story.leave()).toEqual(['c@0/5'])
    story.answer('c', acked(1n))
    story.add('d', 1, given)
    expect(story.leave()).toEqual(['d@1/5'])
  })

  test('a topic made anew, then back under an identity that wrote to the old one: a new epoch, for the new log knows no sequence', () => {
    const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }
    for (const topicRecreatedPolicy of ['continue', 'fail'] as const) {
      const story = new Story({ topicRecreatedPolicy })
      story.add('a')
      story.leave()
      story.answer('a', acked(0n))
      story.add('b', 1, given)
      story.leave()
      story.answer('b', acked(1n))
      story.recreate()
      story.reset()
      story.add('c')
      expect(story.leave()).toEqual(['c@0/1'])
    }
  })

  test('a given identity in its last epoch: a reset spends it, and others are written under', () => {
    const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 32_767 } }
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 1, given)
    story.leave()
    story.answer('a', acked(0n))
    story.add('b', 1, given)
    story.leave()
    story.answer('b', resequence)
    story.reset()
    expect(refusalOf(story.state, given)?.message).toMatch(/no epoch left/)
    story.add('c')
    expect(story.leave()).toEqual(['c@0/0'])
  })

  test('a given identity that is fenced: a reset lets others write, and never that one again', () => {
    const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }
    const other = { ...idempotent, identity: { producerId: 98n, producerEpoch: 1 } }
    const story = new Story()
    story.add('a', 1, given)
    story.leave()
    expect(story.answer('a', fenced(false))).toEqual(['a not-persisted'])
    expect(refusalOf(story.state, idempotent)).toBe(story.state.stopped)
    story.reset()
    expect(refusalOf(story.state, given)?.message).toMatch(/fenced/)
    expect([idempotent, other, { ...given, idempotent: false }].map(each => refusalOf(story.state, each))).toEqual([
      null,
      null,
      null
    ])
    story.add('b', 1, other)
    expect(story.leave()).toEqual(['b@0/1'])
    story.answer('b', acked(0n))
    story.add('c')
    expect(story.leave()).toEqual(['c@0/0'])
    story.answer('c', acked(1n))
    // Not even what came past the refusal.
    story.add('d', 1, given)
    expect(story.leave()).toEqual(['wants an identity'])
  })

  test('retention took all that we wrote, and the broker forgot us with it: a new epoch, and nothing is lost', () => {
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 3)
    story.leave()
    story.answer('a', acked(5n))
    story.add('b')
    story.leave()
    expect(story.answer('b', refusal(59, 8n))).toEqual([])
    expect(story.leave()).toEqual(['b@0/1'])

    story.answer('b', acked(8n))
    story.add('c')
    story.leave()
    expect(story.answer('c', refusal(59, 8n))).toEqual(['c data-lost', 'c not-persisted'])
  })

  describe('a broker that restarted remembers only the last batch', () => {
    /** a is acknowledged; b, c and d are lost with their connection; e waits. */
    function threeInDoubt(restMs = 0): Story {
      const story = new Story({ dataLossPolicy: 'fail' })
      story.add('a')
      story.leave()
      story.answer('a', acked(0n))
      for (const name of 'bcd') story.add(name)
      expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
      story.add('e')
      for (const name of 'bcd') story.answer(name, lost)
      story.nowMs += 2_000
      story.route++
      expect(story.leave()).toEqual(['b@1/0'])
      expect(story.answer('b', resequence, restMs)).toEqual([])
      return story
    }

    test('the last one is known: all are written, and what waits goes on', () => {
      const story = threeInDoubt()
      expect(story.leave()).toEqual(['d@3/0'])
      expect(story.answer('d', acked(3n))).toEqual(['b at -1', 'c at -1', 'd at 3'])
      expect(story.leave()).toEqual(['e@4/0'])
    })

    // Story: the refusal counts half a second before the first in line has to be settled, and a rest of a second was asked for.
    test('the question does not wait for the rest that the refusal asked for', () => {
      const story = threeInDoubt(1_000)
      expect(story.leave()).toEqual(['d@3/0'])
    })

    test('the last but one is: the last was never written, and is now', () => {
      const story = threeInDoubt()
      story.leave()
      expect(story.answer('d', resequence)).toEqual([])
      expect(story.leave()).toEqual(['c@2/0'])
      expect(story.answer('c', acked(2n))).toEqual(['b at -1', 'c at 2'])
      expect(story.leave()).toEqual(['d@3/0', 'e@4/0'])
    })

    test('none is: it has lost what it acknowledged', () => {
      const story = threeInDoubt()
      story.leave()
      story.answer('d', resequence)
      story.leave()
      expect(story.answer('c', resequence)).toEqual([
        'b data-lost',
        'b unknown',
        'c unknown',
        'd unknown',
        'e not-persisted'
      ])
    })

    test('another leader is never asked about the last one: knowing nothing of us, it would take it without the others', () => {
      const story = threeInDoubt()
      story.route++
      expect(story.leave()).toEqual(['b@1/0'])
      expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
      expect(story.leave()).toEqual(['c@2/0', 'd@3/0', 'e@4/0'])
    })

    test('the question is lost: all begins anew with the first', () => {
      const story = threeInDoubt()
      story.leave()
      expect(story.answer('d', lost)).toEqual(['d retrying'])
      expect(story.leave()).toEqual(['b@1/0'])
    })

    test('one expires while it is asked about: the first is sent again', () => {
      const story = threeInDoubt()
      story.state.batches.find(each => each.name === 'd')!.givenUp = true
      expect(story.leave()).toEqual(['b@1/0'])
      story.answer('b', resequence)
      expect(story.leave()).toEqual(['c@2/0'])
    })
  })

  test('the first sequence of an epoch refused: a new producer id is wanted', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    expect(story.answer('a', resequence)).toEqual(['identity-wanted'])
    expect(story.leave()).toEqual(['wants an identity'])
    story.version = 2
    expect(story.leave()).toEqual(['a@0/0'])
  })

  test('without an identity nothing is sequenced', () => {
    const story = new Story()
    story.version = 0
    story.add('a')
    expect(story.leave()).toEqual(['wants an identity'])
  })

  test('too large: halves take its place and its sequences; one record alone fails', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    expect(story.answer('a', tooLarge)).toEqual(['a split'])
    story.halve('a')
    expect(story.leave()).toEqual(['a.1@0/0'])
    expect(story.answer('a.1', tooLarge)).toEqual(['a.1 not-persisted'])
    expect(story.leave()).toEqual(['a.2@0/0'])
  })

  test('too large after an uncertain attempt: not split, for its identity may be in the log', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    story.answer('a', lost)
    story.leave()
    expect(story.answer('a', tooLarge)).toEqual(['a unknown'])
  })

  test('plain batches go one at a time', () => {
    const plain = { ...idempotent, idempotent: false }
    const story = new Story()
    for (const name of 'ab') story.add(name, 1, plain)
    expect(story.leave()).toEqual(['a'])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b'])
  })

  test('a call with other acks waits until what is ahead is answered', () => {
    const story = new Story()
    story.add('a')
    story.add('b', 1, { ...idempotent, acks: 1, idempotent: false })
    story.leave()
    story.answer('a', acked(0n))
    story.add('c')
    expect(story.leave()).toEqual(['b'])
    story.answer('b', acked(1n))
    expect(story.leave()).toEqual(['c@1/0'])
  })

  test('an identity of its own drains the partition, and applies from there', () => {
    const story = new Story()
    story.add('a')
    story.add('b', 1, { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } })
    expect(story.leave()).toEqual(['a@0/0'])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@0/4'])
  })

  test('back under an identity that wrote before: its sequences go on, or a new epoch begins if some are not known', () => {
    const mine = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }
    const story = new Story()
    const pass = (name: string, profile: Profile): string[] => {
      story.add(name, 2, profile)
      const left = story.leave()
      story.answer(name, acked(0n))
      return left
    }
    expect(['a', 'b'].map(name => pass(name, idempotent))).toEqual([['a@0/0'], ['b@2/0']])
    expect(pass('c', mine)).toEqual(['c@0/4'])
    expect(pass('d', idempotent)).toEqual(['d@4/0'])
    expect(pass('e', mine)).toEqual(['e@2/4'])
    story.add('lost', 2, mine)
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('lost', lost)
    story.nowMs = 20_000
    expect(pass('f', idempotent)).toEqual(['f@6/0'])
    expect(pass('g', mine)).toEqual(['g@0/5'])
    expect(pass('h', idempotent)).toEqual(['h@8/0'])
    expect(pass('i', mine)).toEqual(['i@2/5'])
  })

  test('attempts are limited when they are', () => {
    const story = new Story({ retries: 1 })
    story.add('a')
    story.leave()
    expect(story.answer('a', retry(true))).toEqual(['a retrying'])
    story.leave()
    expect(story.answer('a', retry(true))).toEqual(['a not-persisted'])
  })

  test('answers that are put up with a few times only are counted by themselves', () => {
    const story = new Story()
    story.add('a')
    const corrupt = retry(true, 2, 3)
    for (const answer of [retry(true), retry(true), retry(true), corrupt, corrupt, retry(true), corrupt]) {
      story.leave()
      expect(story.answer('a', answer)).toEqual(['a retrying'])
    }
    story.leave()
    expect(story.answer('a', corrupt)).toEqual(['a not-persisted'])
  })

  /** One is acknowledged, three are in flight: the first of them is rejected, the others are lost with the connection. */
  function rejectedBeforeLost(profileOfLast = idempotent): Story {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.add('d', 1, profileOfLast)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    story.answer('c', lost)
    story.answer('d', lost)
    expect(story.leave()).toEqual(['c@2/0'])
    return story
  }

  test('behind a rejected batch, what was lost goes again as it was, until the refusal counts for all of it', () => {
    const story = rejectedBeforeLost()
    story.nowMs = 999
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
    story.nowMs = 1_000
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@1/0'])
    story.answer('c', acked(1n))
    expect(story.leave()).toEqual(['d@2/0'])
  })

  test('behind a rejected batch, what was lost later is in doubt for longer', () => {
    const story = new Story()
    for (const name of 'abcd') story.add(name)
    story.leave()
    story.answer('a', acked(0n))
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.nowMs = 500
    story.answer('d', lost)
    story.leave()
    story.nowMs = 1_000
    story.answer('c', resequence)
    expect(story.leave()).toEqual(['c@2/0'])
    story.nowMs = 1_500
    story.answer('c', resequence)
    expect(story.leave()).toEqual(['c@1/0'])
  })

  test('behind a rejected batch, one that ends before it is known: the rest begins a new epoch', () => {
    const story = rejectedBeforeLost({ ...idempotent, deliveryTimeoutMs: 500 })
    story.nowMs = 500
    expect(story.expire()).toEqual(['d unknown'])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
    story.nowMs = 1_000
    expect(story.answer('c', resequence)).toEqual(['d forgotten'])
    expect(story.leave()).toEqual(['c@0/1'])
  })

  test('the first that a broker hears of us is no proof for what it was told before: a new producer id, and unknown', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    story.answer('a', lost)
    for (const name of 'bc') story.add(name)
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    story.leave()
    story.nowMs = 12_000
    expect(story.answer('b', forgotten)).toEqual(['a forgotten', 'b unknown', 'identity-wanted'])
    story.version = 2
    expect(story.leave()).toEqual(['c@0/0'])
  })

  test('another producer has the identity: the batch goes on under a new one, or ends, as the answer says', () => {
    for (const ends of [false, true]) {
      const story = new Story()
      for (const name of 'ab') story.add(name)
      story.leave()
      expect(story.answer('a', fenced(ends))).toEqual(
        ends ? ['a not-persisted', 'identity-wanted'] : ['identity-wanted']
      )
      story.version = 2
      expect(story.leave()).toEqual([ends ? 'b@0/0' : 'a@0/0'])
    }
  })

  test('a codec that the broker does not have: the same records uncompressed, under the same sequence', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    expect(story.answer('a', notCompressed)).toEqual(['a uncompressed'])
  })

  test('a codec that the broker does not have, after an uncertain attempt: its identity may be in the log', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    story.answer('a', lost)
    story.leave()
    expect(story.answer('a', notCompressed)).toEqual(['a unknown'])
  })

  test('another leader is asked at once; but what a lost plain attempt may still write is waited for', () => {
    const plain = { ...idempotent, idempotent: false, deliveryTimeoutMs: 500 }
    const story = new Story()
    for (const name of 'ab') story.add(name, 1, plain)
    story.leave()
    story.answer('a', retry(true), 400)
    story.lead()
    expect(story.leave()).toEqual(['a'])
    story.answer('a', lost)
    story.leave()
    story.answer('a', lost, 400)
    story.nowMs = 500
    expect(story.expire()).toEqual(['a unknown', 'b not-persisted'])
    story.add('c', 1, { ...plain, deliveryTimeoutMs: 10_000 })
    story.lead()
    story.nowMs = 999
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['c'])
  })

  test('a topic made anew asks for no identity where nothing has one', () => {
    const story = new Story({ topicRecreatedPolicy: 'continue' })
    story.add('a', 1, { ...idempotent, idempotent: false })
    expect(story.recreate()).toEqual([])
    expect(story.leave()).toEqual(['a'])
  })

  test('sequences wrap from 2^31 - 1 to 0', () => {
    const story = new Story()
    story.add('a', 2 ** 31 - 1)
    story.leave()
    story.answer('a', acked(0n))
    for (const name of 'bc') story.add(name, 2)
    expect(story.leave()).toEqual([`b@${2 ** 31 - 1}/0`, 'c@1/0'])
  })

  test('at the last epoch a new producer id is wanted', () => {
    const story = new Story()
    story.add('a', 1, { ...idempotent, identity: null })
    story.leave()
    story.answer('a', acked(0n))
    story.state.identity = { producerId: 1n, producerEpoch: 32_767 }
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'identity-wanted'])
  })
})
