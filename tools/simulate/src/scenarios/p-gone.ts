// Group P, P7: a topic that is gone for good.
import type { Scenario } from '../scenario.ts'
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
    const deletedMs = run.plan.events.find(event => event.kind === 'delete')!.atMs
    for (const record of run.records.filter(each => each.topic === 'orders')) {
      const { call, error } = record
      const isLate = call.startedMs > deletedMs
      claims.check(
        'specific',
        record.fate === 'acked' ? !isLate : error?.code === unknownTopic,
        () => `Record ${record.number} of call ${call.call} is called ${record.fate}: ${error?.code} ${error?.message}`
      )
      claims.check(
        'specific',
        call.settledMs - call.startedMs < 40_000,
        () => `Call ${call.call} was told after ${call.settledMs - call.startedMs} ms`
      )
    }
  }
}

export const goneScenarios: readonly Scenario[] = [gone]
