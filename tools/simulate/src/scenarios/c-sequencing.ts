// Group C, F36 to F40 and F51: batches that expire, sequences and epochs that run out.
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { initProducerIdKey } from '../wire/messages.ts'
import {
  allAcked,
  attemptsWith,
  extraCopies,
  fateIs,
  patientAckedUnlessInDoubt,
  recordsWith,
  requestsOf
} from './claims.ts'
import { byTime, cluster, producer, shape, streamTo, traffic, warmUp, withOptions } from './traffic.ts'

/** Calls without options of their own. */
function patientAcked(run: RunRecord, claims: Claims): void {
  const { deliveryTimeout } = run.plan.producer
  for (const call of run.calls) {
    if (call.deliveryTimeoutMs !== deliveryTimeout) continue
    claims.check('specific', call.error === null, () => `Call ${call.call} failed: ${call.error?.message}`)
  }
}

const expiresUnsent: Scenario = {
  id: 'F36',
  group: 'C',
  title: 'batches expire before they were ever sent',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    const fromMs = dice.between(150, 250)
    const forMs = dice.between(600, 3_000)
    const calls = streamTo(partition, {
      firstCall: 10,
      fromMs: 200,
      everyMs: dice.between(3, 20),
      calls: dice.between(10, 50)
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { metadataMaxAge: 300_000 }),
      shape: shape(dice),
      healAtMs: fromMs + forMs + 500,
      events: byTime([
        ...warmUp(),
        ...withOptions(calls, () => (dice.chance(0.5) ? { deliveryTimeout: dice.between(50, 500) } : undefined)),
        { atMs: fromMs, kind: 'move', topic: 'orders', partition, to: -1 },
        { atMs: fromMs + forMs, kind: 'move', topic: 'orders', partition, to: dice.between(1, 3) }
      ])
    }
  },
  fired: run => recordsWith(run, 'not-persisted').filter(record => !run.ledger.handedOver.has(record.number)).length,
  judge: (run, claims) => {
    patientAcked(run, claims)
    for (const record of run.records) {
      if (record.fate === 'acked' || run.ledger.handedOver.has(record.number)) continue
      fateIs(claims, record, 'not-persisted')
    }
    const refused = attemptsWith(run, 'out-of-order')
    claims.check(
      'specific',
      refused === 0,
      () => `${refused} batches were out of order: sequences were used up by what never left`
    )
  }
}

const expiresInFlight: Scenario = {
  id: 'F37',
  group: 'C',
  title: 'batches expire in flight, written or not',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    const rules = Array.from({ length: dice.between(1, 3) }, (_, place): StoryEvent => ({
      atMs: 150 + place * 2_600 + dice.between(0, 100),
      kind: 'rule',
      api: 'Produce',
      topic: 'orders',
      partition,
      execute: dice.chance(0.5),
      drop: true
    }))
    const calls = streamTo(partition, { firstCall: 10, fromMs: 150, everyMs: 40, calls: dice.between(40, 180) })
    return {
      cluster: cluster(undefined, { acceptUnknownProducer: dice.chance(0.7) }),
      producer: producer(dice, mode),
      shape: { latencyMs: dice.pick([1, 5, 10]) },
      healAtMs: 9_000,
      events: byTime([
        ...warmUp(),
        ...withOptions(calls, () => (dice.chance(0.5) ? { deliveryTimeout: dice.between(100, 900) } : undefined)),
        ...rules
      ])
    }
  },
  fired: run => recordsWith(run, 'unknown').length,
  judge: patientAckedUnlessInDoubt
}

const expiresAtFirstTry: Scenario = {
  id: 'F38',
  group: 'C',
  title: 'a batch expires on its first try: those behind it wait for one answer, not for its deadline',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    const lateMs = dice.between(300, 1_800)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { linger: 0 }),
      shape: { latencyMs: dice.pick([1, 5, 10]) },
      healAtMs: 5_000,
      events: byTime([
        ...warmUp(),
        {
          atMs: 150,
          kind: 'rule',
          api: 'Produce',
          topic: 'orders',
          partition,
          ...(dice.chance(0.5) ? { delay: lateMs } : { answerDelay: lateMs }),
          ...(dice.chance(0.5) ? { error: dice.pick([6, 19, 87]) } : {})
        },
        ...withOptions(streamTo(partition, { firstCall: 10, fromMs: 200, everyMs: 1, calls: 1 }), () => ({
          deliveryTimeout: dice.between(50, 250)
        })),
        ...streamTo(partition, { firstCall: 20, fromMs: 220, everyMs: dice.between(1, 30), calls: dice.between(3, 20) })
      ])
    }
  },
  fired: run => run.calls.filter(call => call.call === 10 && call.error !== null).length,
  judge: (run, claims) => {
    patientAcked(run, claims)
    const rule = run.plan.events.find(event => event.kind === 'rule')
    const lateMs = rule?.kind === 'rule' ? (rule.delay ?? 0) + (rule.answerDelay ?? 0) : 0
    for (const call of run.calls) {
      if (call.call < 20) continue
      const tookMs = call.settledMs - call.startedMs
      claims.check(
        'specific',
        tookMs <= lateMs + 700,
        () => `Call ${call.call} took ${tookMs} ms; the answer came after ${lateMs} ms`
      )
    }
  }
}

const ring = 2 ** 31

const sequencesGoRound: Scenario = {
  id: 'F39',
  group: 'C',
  title: 'sequences go round: from 2^31 - 3 on, with retries on the way',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const rules = Array.from({ length: dice.between(1, 4) }, (): StoryEvent => ({
      atMs: dice.between(90, 200),
      kind: 'rule',
      api: 'Produce',
      skip: dice.between(0, 4),
      times: dice.between(1, 2),
      ...dice.pick([{ cut: 0 }, { cut: 0, execute: false }, { error: 6 }, { error: 7, execute: true }, { error: 19 }])
    }))
    const calls = Array.from({ length: dice.between(10, 40) }, (_, place): StoryEvent => {
      const partition = dice.between(0, 2)
      const messages = Array.from({ length: dice.between(1, 10) }, () => ({ topic: 'orders', partition }))
      return { atMs: 100 + dice.between(0, 150), kind: 'send', call: 10 + place, messages }
    })
    return {
      cluster: cluster(),
      firstSequence: ring - 3,
      producer: producer(dice, mode, { batchSize: dice.pick([200, 500, 2_000]) }),
      shape: shape(dice),
      events: byTime([...(dice.chance(0.5) ? warmUp() : []), ...rules, ...calls])
    }
  },
  fired: run => run.ledger.attempts.filter(each => each.sequence + each.count > ring).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    for (const { sequence, atMs } of run.ledger.attempts) {
      claims.check('specific', sequence >= 0 && sequence < ring, () => `Sequence ${sequence} at ${atMs} ms`)
      const isNear = sequence >= ring - 3 || sequence < 1_000
      claims.check(
        'specific',
        isNear,
        () => `Sequence ${sequence} at ${atMs} ms is neither before the end nor behind it`
      )
    }
    const epochs = new Set(run.ledger.attempts.map(each => `${each.producerId}/${each.epoch}`))
    claims.check('specific', epochs.size === 1, () => `${epochs.size} epochs were used`)
  }
}

const epochsRunOut: Scenario = {
  id: 'F40',
  group: 'C',
  title: 'the last epoch is reached',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const losses = Array.from({ length: 4 }, (_, place): StoryEvent => ({
      atMs: 400 + place * 500 + dice.between(0, 100),
      kind: 'forget-producers',
      topic: 'orders',
      partition: 0
    }))
    return {
      cluster: cluster(undefined, { acceptUnknownProducer: false }),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 4_000,
      events: byTime([
        {
          atMs: 0,
          kind: 'rule',
          api: 'InitProducerId',
          mutation: { kind: 'identity', producerId: 4_000, producerEpoch: dice.between(32_765, 32_767) }
        },
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(30, 60), fromMs: 100, overMs: 2_500, firstCall: 10 }),
        ...losses
      ])
    }
  },
  fired: run => (requestsOf(run, initProducerIdKey).length > 1 ? 1 : 0),
  judge: (run, claims) => {
    for (const { epoch, atMs } of run.ledger.attempts)
      claims.check('specific', epoch <= 32_767 && epoch >= 0, () => `Epoch ${epoch} at ${atMs} ms`)
    epochsRise(run, claims)
    const asked = requestsOf(run, initProducerIdKey).length
    claims.check('specific', asked <= 6, () => `${asked} identities were asked for`)
    for (const call of run.calls) {
      if (call.call >= 0) continue
      claims.check('specific', call.error === null, () => `Call ${call.call} failed: ${call.error?.message}`)
    }
  }
}

/** Behind the last epoch comes another producer id, not an epoch that was there before. */
function epochsRise(run: RunRecord, claims: Claims): void {
  const latest = new Map<string, number>()
  for (const { log, producerId, epoch, atMs } of run.ledger.attempts) {
    const who = `${log} of ${producerId}`
    const last = latest.get(who) ?? epoch
    claims.check('specific', epoch >= last, () => `${who} went from epoch ${last} back to ${epoch} at ${atMs} ms`)
    latest.set(who, epoch)
  }
}

const brokerTimesOut: Scenario = {
  id: 'F51',
  group: 'C',
  title: 'the broker times out again and again, then succeeds',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    healAtMs: 6_000,
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 400, firstCall: 10 }),
      {
        atMs: 100,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition: dice.between(0, 2),
        times: dice.between(1, 6),
        execute: dice.chance(0.7),
        error: 7
      }
    ])
  }),
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === 7).length,
  judge: (run, claims, mode) => {
    allAcked(run, claims)
    if (mode === 'idempotent')
      claims.check('specific', extraCopies(run) === 0, () => `${extraCopies(run)} copies too many`)
  }
}

export const sequencingScenarios: readonly Scenario[] = [
  expiresUnsent,
  expiresInFlight,
  expiresAtFirstTry,
  sequencesGoRound,
  epochsRunOut
]

export const timeoutScenarios: readonly Scenario[] = [brokerTimesOut]
