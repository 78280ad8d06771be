// Group B, F24 to F28 and F34: what replicas, elections, retention and disks do to a log.
import type { Claims } from '../oracle/claims.ts'
import { placesIn } from '../oracle/places.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import {
  allAcked,
  attemptsWith,
  effectsOf,
  extraCopies,
  fateIs,
  invalidRecord,
  isolated,
  patientAckedUnlessRefusedOrInDoubt
} from './claims.ts'
import { byTime, cluster, producer, shape, streamTo, traffic, warmUp } from './traffic.ts'

const tooFewReplicas: Scenario = {
  id: 'F24',
  group: 'B',
  title: 'too few replicas in sync, before the append and after it',
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    const fromMs = dice.between(100, 300)
    const forMs = dice.between(300, 3_000)
    const events: StoryEvent[] = [
      { atMs: 0, kind: 'alter', topic: 'orders', minInsyncReplicas: 2 },
      { atMs: fromMs, kind: 'isr', topic: 'orders', partition, brokers: [partition + 1] },
      { atMs: fromMs + forMs, kind: 'isr', topic: 'orders', partition, brokers: [1, 2, 3] },
      {
        atMs: fromMs + forMs,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition,
        times: dice.between(1, 6),
        execute: true,
        error: 20
      }
    ]
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: fromMs + forMs + 3_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(15, 50), fromMs: 100, overMs: forMs + 300, firstCall: 10 }),
        ...events
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === 19 || attempt.errorCode === 20).length,
  judge: (run, claims, mode) => {
    if (mode === 'idempotent') return allAcked(run, claims)
    const copies = extraCopies(run)
    claims.check('specific', copies === 0, () => `${copies} copies too many: what was appended is not sent again here`)
    const answered = new Set(
      run.ledger.attempts.filter(attempt => attempt.errorCode === 20).flatMap(attempt => attempt.records)
    )
    for (const record of run.records) {
      const expected = answered.has(record.number) ? 'unknown' : 'acked'
      fateIs(claims, record, expected)
    }
  }
}

const uncleanElection: Scenario = {
  id: 'F25',
  group: 'B',
  title: 'an unclean election loses acknowledged records',
  plan: (dice, mode) => {
    const partition = 0
    const atMs = dice.between(300, 500)
    const dataLossPolicy = dice.pick(['continue', 'fail'] as const)
    const loss: StoryEvent[] = [
      { atMs, kind: 'truncate', topic: 'orders', partition, records: dice.pick([dice.between(1, 30), 1_000]) },
      { atMs, kind: 'move', topic: 'orders', partition, to: dice.between(2, 3) }
    ]
    if (dataLossPolicy === 'fail') loss.push({ atMs: 1_900, kind: 'reset', topic: 'orders' })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, {
        dataLossPolicy,
        ...(dice.chance(0.3) && mode === 'idempotent' ? { producerId: 8_000, producerEpoch: 5 } : {})
      }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 3_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(20, 60), fromMs: 50, overMs: 600, firstCall: 10, keyed: 0 }),
        ...traffic(dice, { calls: 6, fromMs: 1_000, overMs: 200, firstCall: 200, keyed: 0 }),
        ...traffic(dice, { calls: 6, fromMs: 2_000, overMs: 200, firstCall: 300, keyed: 0 }),
        ...loss
      ])
    }
  },
  fired: run => run.dataLosses.length,
  judge: (run, claims) => {
    isolated(run, claims, record => record.wanted !== 0)
    claims.check('specific', run.dataLosses.length === 1, () => `The loss is told ${run.dataLosses.length} times`)
    const isFail = run.plan.producer.dataLossPolicy === 'fail'
    for (const loss of run.dataLosses) {
      claims.check(
        'specific',
        loss.topic === 'orders' && loss.partition === 0,
        () => `Loss is told of ${loss.topic}-${loss.partition}`
      )
      claims.check(
        'specific',
        loss.continued !== isFail,
        () => `Loss is told as ${loss.continued ? 'passed over' : 'stopping'}`
      )
    }
    for (const call of run.calls) {
      if (call.call < 200) continue
      const isLate = call.call >= 300 || !isFail
      if (isLate)
        claims.check('specific', call.error === null, () => `Call ${call.call} failed: ${call.error?.message}`)
      else if (run.dataLosses.length > 0)
        stopped(
          run,
          claims,
          call.records.filter(record => record.wanted === 0)
        )
    }
  }
}

function stopped(run: RunRecord, claims: Claims, records: RunRecord['records']): void {
  const lossMs = run.dataLosses[0]!.atMs
  for (const record of records) {
    if (record.call.startedMs <= lossMs) continue
    fateIs(claims, record, 'not-persisted')
  }
}

const firstRefused: Scenario = {
  id: 'F26',
  group: 'B',
  title: 'the first batch is refused while more wait',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const rules = [0, 1, 2].map((partition): StoryEvent => {
      const times = dice.between(1, 3)
      return {
        atMs: 0,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition,
        times,
        error: dice.pick([6, 3, 5, 19])
      }
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { batchSize: 200, maxInflights: 5 }),
      shape: shape(dice),
      events: byTime([...rules, ...traffic(dice, { calls: dice.between(20, 60), overMs: 60 })])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const outOfOrder = attemptsWith(run, 'out-of-order')
    claims.check('specific', outOfOrder === 0, () => `${outOfOrder} batches were out of order by our own doing`)
  }
}

const forgotten: Scenario = {
  id: 'F27',
  group: 'B',
  title: 'brokers forget a producer that was idle, and its first batch fails',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const atMs = dice.pick([400_000, 1_000_000])
    const rule: StoryEvent = dice.pick<StoryEvent>([
      { atMs, kind: 'rule', api: 'Produce', times: dice.between(1, 3), error: dice.pick([6, 19, 5]) },
      { atMs, kind: 'rule', api: 'Produce', times: 1, cut: 0, execute: dice.chance(0.5) }
    ])
    return {
      cluster: cluster(undefined, { acceptUnknownProducer: dice.chance(0.7) }),
      producer: producer(dice, mode, { batchSize: 200, maxInflights: 5, linger: 0 }),
      shape: shape(dice),
      healAtMs: atMs + 1_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: 10, fromMs: 10, overMs: 300, firstCall: 10 }),
        { atMs: atMs - 1_000, kind: 'forget-producers', topic: 'orders' },
        rule,
        ...traffic(dice, { calls: dice.between(20, 50), fromMs: atMs, overMs: 100, firstCall: 100 })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    if (run.plan.cluster.acceptUnknownProducer === true) allAcked(run, claims)
    // A broker that insists on sequence 0 refuses; what was uncertain then may stay so.
    for (const record of run.records)
      claims.check('specific', record.fate !== null, () => `Record ${record.number} is stuck`)
  }
}

const forgottenInTrouble: Scenario = {
  id: 'F27b',
  group: 'B',
  title: 'the next leader knows nothing of a producer, while one batch is refused and the next is lost',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const scope = { atMs: 150, kind: 'rule', api: 'Produce', topic: 'orders', partition: 0 } as const
    const atMs = dice.between(160, 260)
    const skip = dice.between(0, 2)
    return {
      cluster: cluster(undefined, { abandonedRequests: 'dropped' }),
      producer: producer(dice, mode, { batchSize: 200, maxInflights: 5, linger: 0 }),
      shape: { latencyMs: dice.pick([1, 5, 10]) },
      healAtMs: 3_000,
      events: byTime([
        ...warmUp(),
        { ...scope, skip, cut: 0, execute: false },
        // The latest rule is asked first: what it takes the one before it does not see.
        { ...scope, skip, error: dice.pick([invalidRecord, invalidRecord, 6, 19]) },
        ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: dice.between(1, 5), calls: dice.between(2, 6) }),
        { atMs, kind: 'forget-producers', topic: 'orders', partition: 0 },
        { atMs, kind: 'move', topic: 'orders', partition: 0, to: dice.between(2, 3) },
        ...streamTo(0, { firstCall: 100, fromMs: atMs + dice.between(50, 400), everyMs: 20, calls: 10 }),
        { ...scope, atMs: atMs + 150, skip: dice.between(0, 5), times: dice.between(1, 2), error: 19 }
      ])
    }
  },
  fired: run => attemptsWith(run, 'uncertain'),
  judge: (run, claims) => {
    patientAckedUnlessRefusedOrInDoubt(run, claims)
    claims.check('specific', run.dataLosses.length === 0, () => 'A loss is told of, and nothing was lost')
  }
}

const retention: Scenario = {
  id: 'F28',
  group: 'B',
  title: 'retention removes all that we wrote, and the broker does not know us any more',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const atMs = dice.between(400, 600)
    const all: StoryEvent[] = [0, 1, 2].flatMap((partition): StoryEvent[] => [
      { atMs, kind: 'delete-records', topic: 'orders', partition, records: -1 },
      { atMs, kind: 'forget-producers', topic: 'orders', partition }
    ])
    return {
      cluster: cluster(undefined, {
        versions: { Produce: { max: dice.pick([7, 8, 9]) } },
        acceptUnknownProducer: false
      }),
      producer: producer(dice, mode),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 2_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: 10, fromMs: 10, overMs: 200, firstCall: 10 }),
        ...all,
        { atMs: 0, kind: 'rule', api: 'Produce', times: 0, mutation: { kind: 'unknown-producer' } },
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: atMs + 2, overMs: 300, firstCall: 100 })
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === 59).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    claims.check(
      'specific',
      run.dataLosses.length === 0,
      () => `${run.dataLosses.length} losses are told of, though retention is none`
    )
  }
}

const diskFails: Scenario = {
  id: 'F34',
  group: 'B',
  title: 'a disk fails, before the append or after it',
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(15, 50), fromMs: 100, overMs: 500, firstCall: 10 }),
        {
          atMs: 100,
          kind: 'rule',
          api: 'Produce',
          topic: 'orders',
          partition,
          skip: dice.between(0, 3),
          times: dice.between(1, 4),
          error: 56,
          execute: dice.chance(0.5)
        }
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims, mode) => {
    if (mode === 'idempotent') return allAcked(run, claims)
    const struck = new Set(
      run.ledger.attempts.filter(attempt => attempt.errorCode === 56).flatMap(attempt => attempt.records)
    )
    const places = placesIn(run.logs)
    for (const record of run.records) {
      const expected = struck.has(record.number) ? 'unknown' : 'acked'
      fateIs(claims, record, expected)
      const copies = places.get(record.number)?.length ?? 0
      claims.check('specific', copies <= 1, () => `Record ${record.number} is there ${copies} times`)
    }
  }
}

export const replicationScenarios: readonly Scenario[] = [
  tooFewReplicas,
  uncleanElection,
  firstRefused,
  forgotten,
  forgottenInTrouble,
  retention
]

export const diskScenarios: readonly Scenario[] = [diskFails]
