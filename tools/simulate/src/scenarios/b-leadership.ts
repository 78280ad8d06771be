// Group B, F19 to F23: leaders that move, brokers that go and come back.
import type { Claims } from '../oracle/claims.ts'
import { mostWithin } from '../oracle/resources.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import type { Attempt } from '../wire/attempt.ts'
import { initProducerIdKey, metadataKey } from '../wire/messages.ts'
import { allAcked, effectsOf, fateIs, isolated, lostConnections, requestsOf } from './claims.ts'
import { byTime, cluster, producer, shape, streamTo, traffic, warmUp } from './traffic.ts'

const notLeader = 6

const leaderMoves: Scenario = {
  id: 'F19',
  group: 'B',
  title: 'a leader moves with five batches in flight',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const latencyMs = dice.between(5, 20)
    const moves = Array.from({ length: dice.between(1, 2) }, (_, place): StoryEvent => {
      return {
        atMs: 300 + place * 400 + dice.between(0, 60),
        kind: 'move',
        topic: 'orders',
        partition: 0,
        to: 2 + place
      }
    })
    return {
      cluster: cluster({ orders: 3, others: 3 }),
      producer: producer(dice, mode, { linger: 0, batchSize: 200, maxInflights: 5 }),
      shape: { latencyMs },
      events: byTime([
        ...warmUp({ orders: 3, others: 3 }),
        ...streamTo(0, { firstCall: 10, fromMs: 200, everyMs: 4, calls: dice.between(40, 160) }),
        ...traffic(dice, { calls: 10, fromMs: 250, overMs: 500, firstCall: 300, keyed: 0, topics: { others: 3 } }),
        ...moves
      ])
    }
  },
  fired: run => refusals(run).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const moves = effectsOf(run, 'move')
    claims.check(
      'specific',
      refusals(run).length <= 5 * moves,
      () => `${refusals(run).length} refusals for ${moves} moves`
    )
    hintIsFollowed(run, claims)
    isolated(run, claims, record => record.topic === 'others')
  }
}

function refusals(run: RunRecord): Attempt[] {
  return run.ledger.attempts.filter(attempt => attempt.errorCode === notLeader)
}

/** The answer names the new leader: when nothing is in flight any more, the next attempt is made at once, not after a backoff. */
function hintIsFollowed(run: RunRecord, claims: Claims): void {
  const latencyMs = Number(run.plan.shape?.latencyMs)
  for (const refused of refusals(run)) {
    const same = run.ledger.attempts.filter(attempt => attempt.log === refused.log)
    const next = same.find(attempt => attempt.atMs >= refused.fateMs && attempt.host !== refused.host)
    if (next === undefined) continue
    const drainedMs = Math.max(...same.filter(attempt => attempt.order < next.order).map(attempt => attempt.fateMs))
    const waitedMs = next.atMs - drainedMs
    // The window of the new leader's connection may be full, for a round trip.
    claims.check(
      'specific',
      waitedMs <= 10 + 2 * latencyMs,
      () => `After a hint ${refused.log} waited ${waitedMs} ms, until ${next.atMs} ms`
    )
  }
}

const lostAfterAppend: Scenario = {
  id: 'F20',
  group: 'B',
  title: 'leadership is lost after the append: followers have the batch, or not',
  plan: (dice, mode) => {
    const partition = dice.between(0, 2)
    const to = ((partition + 1) % 3) + 1
    const error = dice.pick([6, 6, 3, 56, -1])
    const isKept = dice.chance(0.5)
    // Without a leader until the end, delivery ends uncertain.
    const isOver = dice.chance(0.3)
    const deed = isOver ? { moveTo: -1 } : isKept ? { moveTo: to } : { loseTo: to }
    const rule: StoryEvent = {
      atMs: 100,
      kind: 'rule',
      api: 'Produce',
      topic: 'orders',
      partition,
      skip: dice.between(0, 5),
      times: dice.between(1, 2),
      execute: true,
      error,
      ...deed
    }
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { deliveryTimeout: isOver ? 4_000 : 12_000, requestTimeout: 1_000 }),
      shape: shape(dice),
      healAtMs: isOver ? 6_000 : 3_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 50), fromMs: 100, overMs: 500, firstCall: 10 }),
        rule
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims, mode) => {
    const rule = run.plan.events.find(event => event.kind === 'rule')
    if (rule?.kind !== 'rule') return
    const mayFail = rule.moveTo === -1 || (mode === 'plain' && (rule.error === 56 || rule.error === -1))
    if (!mayFail) allAcked(run, claims)
    for (const record of run.records) {
      if (record.fate !== 'not-persisted' && record.fate !== 'unknown') continue
      const uncertain = run.ledger.attempts.some(
        each => each.fate === 'uncertain' && each.records.includes(record.number)
      )
      const expected = uncertain ? 'unknown' : 'not-persisted'
      fateIs(claims, record, expected)
    }
  }
}

const lostWithoutAWord: Scenario = {
  ...lostAfterAppend,
  id: 'F20b',
  title: 'leadership is lost, and brokers that are not Apache Kafka’s do not say whether before the append or after it',
  plan: (dice, mode) => {
    const plan = lostAfterAppend.plan(dice, mode)
    const error = dice.pick([3, 6])
    const execute = dice.chance(0.6)
    return {
      ...plan,
      producer: { ...plan.producer, trustBaseOffset: false },
      events: plan.events.map(event =>
        event.kind === 'rule' ? { ...event, error, execute, mutation: { kind: 'no-offset' } } : event
      )
    }
  }
}

const pingPong: Scenario = {
  id: 'F21',
  group: 'B',
  title: 'leadership goes to and fro every 50 ms; stale and unknown epochs in the metadata',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const moves = Array.from({ length: dice.between(20, 60) }, (_, place): StoryEvent => {
      return {
        atMs: 200 + 50 * place,
        kind: 'move',
        topic: 'orders',
        partition: dice.chance(0.7) ? 0 : 1,
        to: 1 + ((place + 1) % 3)
      }
    })
    const lies: StoryEvent[] = dice.pick<StoryEvent[]>([
      [],
      [
        { atMs: 200, kind: 'rule', api: 'Metadata', broker: 1, times: 0, mutation: { kind: 'leader', id: 1, epoch: 0 } }
      ],
      [{ atMs: 0, kind: 'rule', api: 'Metadata', times: 0, mutation: { kind: 'epoch', value: -1 } }],
      [{ atMs: 0, kind: 'rule', api: 'Metadata', broker: 2, times: 0, mutation: { kind: 'epoch', value: -1 } }]
    ])
    return {
      cluster: cluster(undefined, dice.chance(0.4) ? { versions: { Produce: { max: 9 } } } : {}),
      producer: producer(dice, mode),
      shape: shape(dice),
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(20, 60), fromMs: 200, overMs: 3_000, firstCall: 10 }),
        ...moves,
        ...lies
      ])
    }
  },
  fired: run => refusals(run).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const questions = requestsOf(run, metadataKey).map(request => request.atMs)
    const most = mostWithin(questions, 1_000)
    claims.check('I11', most <= 40, () => `${most} metadata requests within a second`)
  }
}

const rollingRestart: Scenario = {
  id: 'F22a',
  group: 'B',
  title: 'all brokers restart, one after the other',
  plan: (dice, mode) => {
    const events: StoryEvent[] = []
    for (let round = 0; round < 3; round++) {
      const broker = round + 1
      const atMs = 300 + round * 1_200
      const downMs = dice.between(50, 900)
      // A broker that is shut down in order gives its partitions away first.
      if (dice.chance(0.5))
        events.push({ atMs: atMs - 20, kind: 'move', topic: 'orders', partition: round, to: (broker % 3) + 1 })
      events.push(
        { atMs, kind: 'kill', broker, elect: dice.chance(0.7) },
        { atMs: atMs + downMs, kind: 'restart', broker }
      )
      events.push({ atMs: atMs + 100, kind: 'elect' })
    }
    return {
      cluster: cluster(),
      producer: producer(dice, mode, smallMemory),
      shape: shape(dice),
      healAtMs: 5_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(30, 90), fromMs: 100, overMs: 4_000, firstCall: 10 }),
        ...events
      ])
    }
  },
  fired: run => effectsOf(run, 'kill'),
  judge: allAcked
}

const smallMemory = { bufferMemory: 32_768, batchSize: 2_000, bufferTimeout: 12_000 }

const allDown: Scenario = {
  id: 'F22b',
  group: 'B',
  title: 'all brokers are down, then up again',
  plan: (dice, mode) => {
    const fromMs = dice.between(150, 400)
    const events = [1, 2, 3].flatMap((broker): StoryEvent[] => [
      { atMs: fromMs + dice.between(0, 50), kind: 'kill', broker, elect: false },
      { atMs: fromMs + dice.between(2_000, 6_000), kind: 'restart', broker }
    ])
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { ...smallMemory, deliveryTimeout: 20_000, bufferTimeout: 20_000 }),
      shape: shape(dice),
      healAtMs: fromMs + 6_500,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(30, 90), fromMs: 100, overMs: 4_000, firstCall: 10, mostBytes: 1_000 }),
        ...events
      ])
    }
  },
  fired: run => effectsOf(run, 'kill'),
  judge: allAcked
}

const allReplaced: Scenario = {
  id: 'F23',
  group: 'B',
  title: 'all brokers are replaced by new ones at other addresses',
  plan: (dice, mode) => {
    const atMs = dice.between(300, 600)
    const moves = [0, 1, 2].map((partition): StoryEvent => ({
      atMs,
      kind: 'move',
      topic: 'orders',
      partition,
      to: 3 + (partition % 2)
    }))
    return {
      cluster: { ...cluster(), brokers: 4 },
      producer: producer(dice, mode, { bootstrap: ['boot:9092'], deliveryTimeout: 20_000 }),
      shape: shape(dice),
      healAtMs: 30_000,
      probe: false,
      events: [
        { atMs: 0, kind: 'kill', broker: 3 },
        { atMs: 0, kind: 'kill', broker: 4 },
        { atMs: 0, kind: 'name', host: 'boot', addresses: ['broker-1', 'broker-2'] },
        ...byTime([
          ...warmUp(),
          ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 1_500, firstCall: 10 }),
          { atMs, kind: 'restart', broker: 3 },
          { atMs, kind: 'restart', broker: 4 },
          ...moves,
          { atMs, kind: 'kill', broker: 1 },
          { atMs, kind: 'kill', broker: 2 },
          { atMs, kind: 'name', host: 'boot', addresses: ['broker-3', 'broker-4'] }
        ])
      ]
    }
  },
  fired: run => lostConnections(run).length,
  judge: (run, claims, mode) => {
    allAcked(run, claims)
    if (mode === 'plain') return
    const asked = requestsOf(run, initProducerIdKey).length
    const identities = new Set(run.ledger.attempts.map(attempt => attempt.producerId))
    claims.check('specific', identities.size === 1, () => `${asked} identities were asked for, ${identities.size} used`)
  }
}

export const leadershipScenarios: readonly Scenario[] = [
  leaderMoves,
  lostAfterAppend,
  lostWithoutAWord,
  pingPong,
  rollingRestart,
  allDown,
  allReplaced
]
