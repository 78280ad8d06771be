// Group A, F5 to F7 and F10: networks that cut in pieces, swallow, or lead nowhere.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { allAcked, effectsOf, lostConnections, retries, settledWithin } from './claims.ts'
import { anyBroker, byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

const pieces: Scenario = {
  id: 'F5',
  group: 'A',
  title: 'answers in pieces of one byte, or a hundred at once',
  plan: (dice, mode) => ({
    cluster: cluster({ orders: 3, events: 6 }),
    producer: producer(dice, mode, { linger: 0, batchSize: 200 }),
    events: byTime([
      {
        atMs: 0,
        kind: 'shape',
        shape: dice.chance(0.5) ? { pieceBytes: 1 } : { coalesceMs: dice.pick([50, 200]), latencyMs: 1 }
      },
      ...traffic(dice, { calls: dice.between(10, 40), overMs: 200, topics: { orders: 3, events: 6 } })
    ])
  }),
  fired: run => effectsOf(run, 'shape'),
  judge: (run, claims) => {
    allAcked(run, claims)
    claims.check('specific', retries(run) === 0, () => `${retries(run)} batches were sent again`)
  }
}

const shortHole: Scenario = {
  id: 'F6',
  group: 'A',
  title: 'packets vanish, and come again before the request timeout',
  plan: (dice, mode) => {
    const way = dice.pick(['to-server', 'to-client', undefined] as const)
    const hole = { ...(way === undefined ? {} : { way }), ...(dice.chance(0.5) ? { broker: anyBroker(dice) } : {}) }
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: 400, overMs: 300, firstCall: 10 }),
        { atMs: dice.between(400, 700), kind: 'black-hole', forMs: dice.between(10, 1_200), ...hole }
      ])
    }
  },
  fired: run => effectsOf(run, 'black-hole'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const ended = lostConnections(run).length
    claims.check('specific', ended === 0, () => `${ended} connections ended`)
    claims.check('specific', retries(run) === 0, () => `${retries(run)} batches were sent again`)
  }
}

const halfOpen: Scenario = {
  id: 'F7',
  group: 'A',
  title: 'packets vanish for longer than the request timeout, and another broker leads',
  plan: (dice, mode) => {
    const broker = anyBroker(dice)
    const atMs = dice.between(400, 700)
    const other = (broker % 3) + 1
    const hides: StoryEvent[] = dice.chance(0.5)
      ? [{ atMs, kind: 'isolate', broker, forMs: 30_000 }]
      : [{ atMs, kind: 'black-hole', broker, forMs: 30_000 }]
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 12_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: 400, overMs: 300, firstCall: 10 }),
        ...hides,
        { atMs: atMs + dice.between(0, 500), kind: 'move', topic: 'orders', partition: broker - 1, to: other }
      ])
    }
  },
  fired: run => effectsOf(run, 'black-hole') + effectsOf(run, 'isolate'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const { requestTimeout = 0, connectTimeout = 0 } = run.plan.producer
    // A question to the silent broker may be under way as well, and then a connection to it.
    settledWithin(run, claims, 2 * requestTimeout + connectTimeout + 1_000)
  }
}

const unreachable: Scenario = {
  id: 'F10',
  group: 'A',
  title: 'connections are refused, hang, or their names lead nowhere, for a while',
  plan: (dice, mode) => {
    const broker = anyBroker(dice)
    const host = `broker-${broker}`
    const fromMs = dice.pick([0, 0, 500])
    const forMs = dice.between(500, 6_000)
    const faults: StoryEvent[][] = [
      [
        { atMs: fromMs, kind: 'kill', broker, elect: false },
        { atMs: fromMs + forMs, kind: 'restart', broker }
      ],
      [
        { atMs: fromMs, kind: 'isolate', broker, forMs },
        { atMs: fromMs, kind: 'cut', broker }
      ],
      [1, 2, 3].map(each => ({ atMs: fromMs, kind: 'isolate', broker: each, forMs })),
      [
        { atMs: fromMs, kind: 'name', host, addresses: null },
        { atMs: fromMs, kind: 'cut', broker },
        { atMs: fromMs + forMs, kind: 'name', host, addresses: [host] }
      ],
      [
        {
          atMs: fromMs,
          kind: 'name',
          host,
          addresses: dice.pick([
            ['dead-1', host],
            ['dead-1', 'dead-2', host],
            [host, 'dead-1']
          ])
        },
        { atMs: fromMs, kind: 'cut', broker }
      ]
    ]
    const calls = traffic(dice, { calls: dice.between(10, 40), fromMs, overMs: forMs, firstCall: 10 })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
      shape: shape(dice),
      healAtMs: fromMs + forMs + 6_000,
      events: byTime([...(fromMs > 0 ? warmUp() : []), ...calls, ...dice.pick(faults)])
    }
  },
  fired: run => lostConnections(run).length,
  judge: allAcked
}

export const networkScenarios: readonly Scenario[] = [pieces, shortHole, halfOpen, unreachable]
