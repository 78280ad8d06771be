// Group P, P1 to P3: the identity that a producer writes under is another's, is denied, or was given.
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { CallPlan, StoryEvent } from '../story.ts'
import { initProducerIdKey } from '../wire/messages.ts'
import { allAcked, fateIs, isolated, lostConnections, patientAckedUnlessInDoubt, requestsOf } from './claims.ts'
import { byTime, cluster, one, producer, shape, streamTo, traffic, warmUp, withOptions } from './traffic.ts'

const staleEpoch = 47
const unknownMapping = 49
const fenced = 90
const clusterDenied = 31

const ousted: Scenario = {
  id: 'P1',
  group: 'P',
  title: 'the identity is another producer’s, or nobody’s: a new one is taken where that is lawful',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    healAtMs: 4_000,
    events: byTime([
      ...(dice.chance(0.7) ? warmUp() : []),
      {
        atMs: 0,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition: 0,
        skip: dice.between(0, 6),
        times: dice.between(1, 2),
        error: dice.pick([staleEpoch, unknownMapping, fenced])
      },
      ...(dice.chance(0.4) ? [{ atMs: dice.between(150, 400), kind: 'cut', broker: 1 } as const] : []),
      ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: dice.between(1, 15), calls: dice.between(10, 40) }),
      ...traffic(dice, { calls: 10, fromMs: 150, overMs: 300, firstCall: 200 })
    ])
  }),
  fired: run => run.ledger.attempts.filter(isOusted).length,
  judge: (run, claims) => {
    const ends = new Set(run.ledger.attempts.filter(each => each.errorCode === fenced).flatMap(each => each.records))
    for (const record of run.records.filter(each => ends.has(each.number)))
      claims.check('specific', record.fate !== 'acked', () => `Record ${record.number} was fenced, and acknowledged`)
    if (ends.size === 0) patientAckedUnlessInDoubt(run, claims)
    else if (lostConnections(run).length === 0) failsAlone(run, ends, claims)
    nothingUnderIt(run, claims)
  }
}

function isOusted({ errorCode }: RunRecord['ledger']['attempts'][number]): boolean {
  return errorCode === staleEpoch || errorCode === unknownMapping || errorCode === fenced
}

/** PRODUCER_FENCED ends the batch that it answers, and no other. */
function failsAlone(run: RunRecord, ends: ReadonlySet<number>, claims: Claims): void {
  for (const record of run.records) {
    const expected = ends.has(record.number) ? 'not-persisted' : 'acked'
    fateIs(claims, record, expected)
  }
}

/** Once the answer is in, nothing more is sent to that log under that producer id. */
function nothingUnderIt(run: RunRecord, claims: Claims): void {
  for (const answer of run.ledger.attempts.filter(isOusted)) {
    const late = run.ledger.attempts.find(
      each => each.log === answer.log && each.producerId === answer.producerId && each.atMs > answer.fateMs
    )
    claims.check(
      'specific',
      late === undefined,
      () =>
        `${answer.log} is written under ${late!.producerId} at ${late!.atMs} ms, which it lost at ${answer.fateMs} ms`
    )
  }
}

const denied: Scenario = {
  id: 'P2',
  group: 'P',
  title: 'a producer id is denied for a while: written without one where idempotence was only the default',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const isRequired = dice.chance(0.5)
    // By InitProducerId from the start, or by a leader that takes the right back.
    const isAtStart = dice.chance(0.6)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, isRequired ? { idempotent: true } : {}),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...(isAtStart ? [] : warmUp()),
        isAtStart
          ? { atMs: 0, kind: 'rule', api: 'InitProducerId', times: dice.between(1, 4), error: clusterDenied }
          : {
              atMs: 100,
              kind: 'rule',
              api: 'Produce',
              skip: dice.between(0, 4),
              times: dice.between(1, 2),
              error: clusterDenied
            },
        ...traffic(dice, { calls: dice.between(10, 30), fromMs: 100, overMs: 400, firstCall: 10 }),
        ...(dice.chance(0.3) ? [{ atMs: 300, kind: 'init' } as const] : []),
        ...[0, 1, 2].map(partition => one(3_000, 300 + partition, 'orders', partition))
      ])
    }
  },
  fired: run => run.events.get('producer:fallback') ?? run.records.filter(isDenied).length,
  judge: (run, claims) => {
    const { plan, events } = run
    const isAtStart = plan.events.some(event => event.kind === 'rule' && event.api === 'InitProducerId')
    const falls =
      isAtStart && plan.producer.idempotent === undefined && !plan.events.some(({ kind }) => kind === 'init')
    if (falls) {
      allAcked(run, claims)
      claims.check('specific', events.get('producer:fallback') === 1, () => 'The fallback is not told of once')
      const sequenced = run.ledger.attempts.filter(each => each.producerId >= 0)
      claims.check('specific', sequenced.length === 0, () => `${sequenced.length} batches have an identity`)
      return
    }
    for (const record of run.records) {
      const holds = record.fate === 'acked' || (isDenied(record) && record.call.startedMs < run.healedMs)
      claims.check(
        'specific',
        holds,
        () => `Record ${record.number} of call ${record.call.call} is called ${record.fate}: ${record.error?.message}`
      )
    }
    if (plan.producer.idempotent === true)
      claims.check('specific', !events.has('producer:fallback'), () => 'What was asked for is given up')
  }
}

function isDenied({ fate, error }: RunRecord['records'][number]): boolean {
  return fate === 'not-persisted' && error?.message.includes('CLUSTER_AUTHORIZATION_FAILED') === true
}

const pairs: readonly CallPlan[] = [
  { producerId: 9_000, producerEpoch: 3 },
  { producerId: 9_001, producerEpoch: 0 }
]

const given: Scenario = {
  id: 'P3',
  group: 'P',
  title: 'identities that the program gives, for the producer or for calls, in turns, among faults',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const isProducers = dice.chance(0.5)
    const faults: StoryEvent[] = [
      { atMs: dice.between(110, 400), kind: 'cut', broker: 1 },
      { atMs: 100, kind: 'rule', api: 'Produce', skip: dice.between(0, 5), times: dice.between(1, 3), error: 6 },
      { atMs: 100, kind: 'rule', api: 'Produce', skip: dice.between(0, 5), cut: 0, execute: dice.chance(0.5) },
      { atMs: dice.between(120, 400), kind: 'move', topic: 'orders', partition: 0, to: 2 }
    ]
    const calls = traffic(dice, { calls: dice.between(15, 50), fromMs: 100, overMs: 400, firstCall: 10, keyed: 0 })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, isProducers ? { producerId: 8_000, producerEpoch: 5 } : {}),
      shape: shape(dice),
      healAtMs: 4_000,
      events: byTime([
        ...warmUp(),
        ...(dice.chance(0.7) ? [dice.pick(faults)] : []),
        ...withOptions(calls, () => (dice.chance(0.4) ? dice.pick(pairs) : undefined))
      ])
    }
  },
  fired: run => new Set(run.ledger.attempts.map(each => each.producerId)).size - 1,
  judge: (run, claims) => {
    patientAckedUnlessInDoubt(run, claims)
    if (run.plan.producer.producerId !== undefined)
      claims.check(
        'specific',
        requestsOf(run, initProducerIdKey).length === 0,
        () => 'An identity was asked for though one was given'
      )
    const own = new Map(run.plan.events.flatMap(event => (event.kind === 'send' ? [[event.call, event.options]] : [])))
    for (const attempt of run.ledger.attempts) {
      for (const number of attempt.records) {
        const wanted = own.get(run.records[number]!.call.call)?.producerId ?? run.plan.producer.producerId
        const fits =
          wanted === undefined ? ![8_000, 9_000, 9_001].includes(attempt.producerId) : attempt.producerId === wanted
        claims.check('specific', fits, () => `Record ${number} is sent under ${attempt.producerId}, not ${wanted}`)
      }
    }
  }
}

/** Calls after the reset that name another pair. */
const firstUnderOther = 80

const givenAndFenced: Scenario = {
  id: 'P3b',
  group: 'P',
  title: 'a given identity is another producer’s: nothing more is written under it, others go on',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { producerId: 8_000, producerEpoch: 5 }),
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 3_000,
    probe: false,
    events: byTime([
      ...warmUp(),
      {
        atMs: 100,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition: 0,
        skip: dice.between(0, 3),
        times: dice.between(1, 3),
        error: dice.pick([staleEpoch, unknownMapping, fenced])
      },
      ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: dice.between(1, 15), calls: dice.between(10, 40) }),
      { atMs: 1_500, kind: 'reset', topic: 'orders' },
      ...streamTo(0, { firstCall: 60, fromMs: 1_600, everyMs: 100, calls: 5 }),
      { atMs: 3_020, kind: 'reset', topic: 'orders' },
      ...withOptions(streamTo(0, { firstCall: firstUnderOther, fromMs: 3_050, everyMs: 100, calls: 5 }), () =>
        dice.pick(pairs)
      ),
      ...streamTo(1, { firstCall: 100, fromMs: 150, everyMs: 10, calls: 20 })
    ])
  }),
  fired: run => run.ledger.attempts.filter(isOusted).length,
  judge: (run, claims) => {
    isolated(run, claims, record => record.wanted === 1)
    const lostMs = Math.min(...run.ledger.attempts.filter(isOusted).map(each => each.fateMs))
    for (const { number, wanted, call, fate, error } of run.records) {
      if (wanted !== 0) continue
      if (call.call >= firstUnderOther) {
        claims.check('specific', fate === 'acked', () => `Record ${number} under another identity is called ${fate}`)
        continue
      }
      const isRefused = fate === 'not-persisted' && call.settledMs >= lostMs
      claims.check(
        'specific',
        isRefused || (fate === 'acked' && call.startedMs < lostMs),
        () => `Record ${number} of call ${call.call} is called ${fate}: ${error?.message}`
      )
    }
    nothingUnderIt(run, claims)
  }
}

export const identityScenarios: readonly Scenario[] = [ousted, denied, given, givenAndFenced]
