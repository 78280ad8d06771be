// Group P, P7: a topic that is gone for good.
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { effectsOf, isolated } from './claims.ts'
import { byTime, cluster, producer, traffic, warmUp } from './traffic.ts'

const unknownTopic = 'KAFKA_UNKNOWN_TOPIC'

const gone: Scenario = {
  id: 'P7',
  group: 'P',
  title: 'a topic is deleted for good while records flow to it',
  plan: (dice, mode) => ({
    cluster: cluster({ orders: 3, others: 2 }),
    producer: producer(dice, mode, { deliveryTimeout: 90_000, metadataMaxAge: dice.pick([500, 300_000]) }),
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 60_000,
    probe: false,
    events: byTime([
      ...warmUp({ orders: 3, others: 2 }),
      ...traffic(dice, { calls: dice.between(15, 40), fromMs: 100, overMs: 600, firstCall: 10, keyed: 0 }),
      ...traffic(dice, { calls: 10, fromMs: 100, overMs: 600, firstCall: 200, keyed: 0, topics: { others: 2 } }),
      { atMs: dice.between(150, 600), kind: 'delete', topic: 'orders' },
      ...traffic(dice, { calls: 5, fromMs: 45_000, overMs: 500, firstCall: 300, keyed: 0 })
    ])
  }),
  fired: run => effectsOf(run, 'delete'),
  judge: (run, claims) => {
    isolated(run, claims, record => record.topic === 'others')
    toldThatItIsGone(run, claims, 40_000)
  }
}

/** What was not acknowledged before is told so, in so much time. */
function toldThatItIsGone(run: RunRecord, claims: Claims, limitMs: number): void {
  const deletedMs = run.plan.events.find(event => event.kind === 'delete')!.atMs
  for (const record of run.records.filter(each => each.topic === 'orders')) {
    const { call, error } = record
    const isLate = call.startedMs > deletedMs
    claims.check(
      'specific',
      record.fate === 'acked' ? !isLate : error?.code === unknownTopic,
      () => `Record ${record.number} of call ${call.call} is called ${record.fate}: ${error?.code} ${error?.message}`
    )
    const tookMs = call.settledMs - call.startedMs
    claims.check('specific', tookMs < limitMs, () => `Call ${call.call} was told after ${tookMs} ms`)
  }
}

const goneWhileWaiting: Scenario = {
  id: 'P7b',
  group: 'P',
  title: 'a topic is deleted while its messages wait for memory, or for a serializer',
  plan: (dice, mode) => {
    const isFull = dice.chance(0.6)
    // Until they have leaders again they keep the memory.
    const leaderless = [0, 1].flatMap((partition): StoryEvent[] => [
      { atMs: 50, kind: 'move', topic: 'others', partition, to: -1 },
      { atMs: dice.between(33_000, 50_000), kind: 'move', topic: 'others', partition, to: partition + 1 }
    ])
    return {
      cluster: cluster({ orders: 3, others: 2 }),
      producer: producer(dice, mode, {
        deliveryTimeout: 90_000,
        bufferTimeout: 90_000,
        metadataMaxAge: dice.pick([500, 2_000]),
        ...(isFull ? { bufferMemory: 16_384, batchSize: 1_000 } : {})
      }),
      application: isFull ? {} : { serializer: 'prepares', prepareMs: dice.between(31_000, 50_000) },
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 60_000,
      probe: false,
      events: byTime([
        ...(isFull ? warmUp({ others: 2 }) : []),
        ...(isFull ? leaderless : []),
        ...traffic(dice, { calls: 30, fromMs: 60, overMs: 30, firstCall: 200, mostBytes: 900, topics: { others: 2 } }),
        // Some are there before their topic is known, and before the memory is full.
        { atMs: 50, kind: 'rule', api: 'Metadata', times: 2, delay: dice.between(50, 150) },
        ...traffic(dice, { calls: dice.between(5, 20), fromMs: dice.pick([52, 95]), overMs: 5, firstCall: 10 }),
        { atMs: dice.between(300, 600), kind: 'delete', topic: 'orders' },
        ...traffic(dice, { calls: 5, fromMs: 55_000, overMs: 500, firstCall: 300 })
      ])
    }
  },
  fired: run => run.records.filter(each => each.topic === 'orders' && each.fate !== 'acked').length,
  judge: (run, claims) => toldThatItIsGone(run, claims, 60_000)
}

export const goneScenarios: readonly Scenario[] = [gone, goneWhileWaiting]
