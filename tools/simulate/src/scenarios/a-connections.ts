// Group A: answers that are lost, connections that break.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { garbageScenarios } from './a-garbage.ts'
import { networkScenarios } from './a-networks.ts'
import { timeScenarios } from './a-time.ts'
import {
  allAcked,
  attemptsWith,
  effectsOf,
  extraCopies,
  fateIs,
  patientAckedUnlessInDoubt,
  retries,
  settledWithin
} from './claims.ts'
import { anyBroker, byTime, cluster, producer, shape, streamTo, traffic, warmUp, withOptions } from './traffic.ts'

const resetAfterAppend: Scenario = {
  id: 'F1',
  group: 'A',
  title: 'reset after the append, before the answer, idempotent',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    events: byTime([
      ...traffic(dice, { calls: dice.between(5, 40), overMs: 300 }),
      {
        atMs: 0,
        kind: 'rule',
        api: 'Produce',
        skip: dice.between(0, 5),
        times: dice.between(1, 3),
        cut: dice.pick([0, 0, 1, 7]),
        cutBy: dice.pick(['end', 'reset'])
      }
    ])
  }),
  fired: run => effectsOf(run, 'rule'),
  judge: allAcked
}

const resetAfterAppendPlain: Scenario = {
  id: 'F2',
  group: 'A',
  title: 'reset after the append, before the answer, plain',
  modes: ['plain'],
  plan: (dice, mode) => {
    const retryUncertain = dice.chance(0.5)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, retryUncertain ? {} : { retryUncertain }),
      shape: shape(dice),
      events: byTime([
        ...traffic(dice, { calls: dice.between(5, 40), overMs: 300 }),
        { atMs: 0, kind: 'rule', api: 'Produce', skip: dice.between(0, 5), times: dice.between(1, 3), cut: 0 }
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    const copies = extraCopies(run)
    if (run.plan.producer.retryUncertain !== false) {
      allAcked(run, claims)
      // Each attempt writes its records at most once.
      claims.check(
        'specific',
        copies <= retriedRecords(run.ledger.attempts),
        () => `${copies} copies are more than attempts explain`
      )
      return
    }
    claims.check('specific', copies === 0, () => `${copies} copies too many though nothing uncertain may be sent again`)
    for (const record of run.records) {
      claims.check(
        'specific',
        record.fate !== 'not-persisted',
        () => `Record ${record.number} was handed over and called not persisted`
      )
    }
  }
}

function retriedRecords(attempts: readonly { readonly records: readonly number[] }[]): number {
  const seen = new Set<number>()
  let again = 0
  for (const { records } of attempts) {
    for (const record of records) {
      if (seen.has(record)) again++
      seen.add(record)
    }
  }
  return again
}

const resetAtByte: Scenario = {
  id: 'F3',
  group: 'A',
  title: 'reset before the broker read a byte, or after k bytes',
  plan: (dice, mode) => {
    const cuts = Array.from({ length: dice.between(1, 4) }, (): StoryEvent => {
      const bytes = dice.pick([0, dice.between(1, 10), dice.between(1, 400), dice.between(1, 3_000)])
      return { atMs: dice.between(0, 300), kind: 'cut-after', broker: anyBroker(dice), way: 'to-server', bytes }
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      events: byTime([...traffic(dice, { calls: dice.between(10, 40), overMs: 300 }), ...cuts])
    }
  },
  fired: run => effectsOf(run, 'cut-after'),
  judge: allAcked
}

const brokenPipe: Scenario = {
  id: 'F4',
  group: 'A',
  title: 'a write fails, with more in our own queue',
  plan: (dice, mode) => {
    const atMs = dice.between(110, 250)
    const events: StoryEvent[] = [
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(10, 50), fromMs: 100, overMs: 200, firstCall: 10 }),
      { atMs, kind: 'broken-pipe', times: dice.between(1, 4) }
    ]
    // With a window that takes little, and packets that vanish, requests pile up before the socket.
    if (dice.chance(0.6)) {
      events.push({ atMs: atMs - 10, kind: 'shape', shape: { windowBytes: 64, highWaterBytes: 1 } })
      events.push({ atMs: atMs - 9, kind: 'black-hole', way: 'to-server', forMs: 900 })
      events.push({ atMs: atMs + dice.between(0, 400), kind: 'cut' })
    }
    const short = dice.chance(0.3) ? { deliveryTimeout: 2_000, requestTimeout: 1_000, connectTimeout: 500 } : {}
    return { cluster: cluster(), producer: producer(dice, mode, short), shape: shape(dice), events: byTime(events) }
  },
  fired: run => effectsOf(run, 'broken-pipe'),
  judge: (run, claims) => {
    for (const record of run.records) {
      if (record.fate !== 'not-persisted' && record.fate !== 'unknown') continue
      const expected = run.ledger.handedOver.has(record.number) ? record.fate : 'not-persisted'
      fateIs(claims, record, expected)
    }
    if (run.plan.producer.deliveryTimeout === 12_000) allAcked(run, claims)
  }
}

const executedLate: Scenario = {
  id: 'F8',
  group: 'A',
  title: "a dead connection's requests are executed after the retry",
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const broker = anyBroker(dice)
    const partition = broker - 1
    const stream = streamTo(partition, {
      firstCall: 10,
      fromMs: 100,
      everyMs: dice.between(3, 12),
      calls: dice.between(20, 60)
    })
    // Some give up before the old connection's requests are executed: who comes behind them must find out.
    const hasty = withOptions(stream, () => (dice.chance(0.5) ? { deliveryTimeout: dice.between(15, 150) } : undefined))
    const faults: StoryEvent[] = []
    for (let i = 0; i < dice.between(1, 2); i++) {
      const atMs = 120 + i * 2_500 + dice.between(0, 300)
      faults.push({ atMs, kind: 'rule', api: 'Produce', broker, delay: dice.between(200, 1_900) })
      faults.push({ atMs: atMs + dice.between(10, 40), kind: 'cut', broker })
      if (i > 0) faults.push(...streamTo(partition, { firstCall: 200, fromMs: atMs - 20, everyMs: 5, calls: 30 }))
    }
    return {
      cluster: cluster(undefined, { abandonedRequests: 'all' }),
      producer: producer(dice, mode, { batchSize: 200, maxInflights: 5, linger: 0 }),
      shape: { latencyMs: dice.pick([1, 5, 10]) },
      events: byTime([...warmUp(), ...hasty, ...faults])
    }
  },
  fired: run => attemptsWith(run, 'out-of-order'),
  judge: patientAckedUnlessInDoubt
}

const idleClose: Scenario = {
  id: 'F9',
  group: 'A',
  title: 'a broker closes an idle connection exactly as we write, or we do',
  plan: (dice, mode) => {
    const events: StoryEvent[] = [...warmUp()]
    for (let round = 1; round <= 3; round++) {
      const atMs = round * 1_000
      const how = dice.pick(['end', 'reset'] as const)
      const kind = dice.pick(['hang-up', 'hang-up', 'cut'] as const)
      events.push({
        atMs: atMs + dice.between(-4, 4),
        kind,
        how,
        ...(dice.chance(0.3) ? { broker: anyBroker(dice) } : {})
      })
      events.push(
        ...traffic(dice, { calls: dice.between(1, 6), fromMs: atMs, overMs: dice.pick([0, 3]), firstCall: round * 10 })
      )
    }
    return {
      cluster: cluster(),
      // Ours may be as short.
      producer: producer(dice, mode, { idleTimeout: dice.pick([540_000, 996, 1_000]) }),
      shape: { latencyMs: dice.pick([0, 1, 2, 4]) },
      events: byTime(events)
    }
  },
  fired: run => effectsOf(run, 'hang-up') + effectsOf(run, 'cut'),
  judge: (run, claims) => {
    allAcked(run, claims)
    settledWithin(run, claims, 1_500)
  }
}

const answerTooLate: Scenario = {
  id: 'F15',
  group: 'A',
  title: 'the answer comes after the request was given up',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(5, 30), fromMs: 100, overMs: 500, firstCall: 10 }),
      {
        atMs: 100,
        kind: 'rule',
        api: 'Produce',
        skip: dice.between(0, 4),
        times: dice.between(1, 2),
        answerDelay: dice.between(2_050, 4_000)
      }
    ])
  }),
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const ended = run.connectionErrors.filter(
      each => each.name === 'disconnect' && each.error?.code === 'KAFKA_TIMEOUT'
    ).length
    const struck = effectsOf(run, 'rule')
    claims.check(
      'specific',
      struck === 0 || ended > 0,
      () => `${struck} answers came too late and no connection was ended`
    )
    claims.check('specific', struck === 0 || retries(run) > 0, () => 'Nothing was sent again')
  }
}

export const connectionScenarios: readonly Scenario[] = [
  resetAfterAppend,
  resetAfterAppendPlain,
  resetAtByte,
  brokenPipe,
  ...networkScenarios,
  executedLate,
  idleClose,
  ...garbageScenarios,
  answerTooLate,
  ...timeScenarios
]
