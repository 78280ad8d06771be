// Group D, F52 to F56 and F60, F61: more than a broker, a socket or the memory takes.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Mode, PlanBody, Scenario } from '../scenario.ts'
import type { MessagePlan, StoryEvent } from '../story.ts'
import { allAcked, effectsOf, isolated, lostConnections, recordsWith } from './claims.ts'
import { byTime, cluster, producer, resend, shape, traffic, warmUp, withCallbacks, withOptions } from './traffic.ts'

const slowBroker: Scenario = {
  id: 'F52a',
  group: 'D',
  title: 'a broker is much slower than what comes in',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { deliveryTimeout: 60_000 }),
    shape: { latencyMs: dice.pick([1, 5]) },
    healAtMs: 6_000,
    events: byTime([
      ...warmUp(),
      { atMs: 100, kind: 'rule', api: 'Produce', broker: 1, times: 0, delay: dice.between(150, 700) },
      ...traffic(dice, { calls: dice.between(60, 150), fromMs: 120, overMs: 2_000, firstCall: 10 })
    ])
  }),
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    // Each request has its time from when the broker comes to it.
    const ended = lostConnections(run).length
    claims.check('specific', ended === 0, () => `${ended} connections ended though the broker was only slow`)
    // Partition p is led by broker p + 1.
    isolated(run, claims, record => record.partition !== 0)
    claims.check('specific', run.mostTimersPending < 100, () => `${run.mostTimersPending} timers were pending at once`)
  }
}

const slowAndSmall: Scenario = {
  id: 'F52b',
  group: 'D',
  title: 'all brokers are slow, and the memory is small',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, {
      deliveryTimeout: 40_000,
      bufferMemory: dice.pick([8_192, 16_384]),
      batchSize: 2_000,
      bufferTimeout: dice.pick([500, 40_000, 40_000]),
      ...(dice.chance(0.3) ? { maxWaiting: dice.between(0, 30) } : {})
    }),
    shape: { latencyMs: dice.pick([1, 5]) },
    healAtMs: 6_000,
    events: byTime([
      ...warmUp(),
      { atMs: 100, kind: 'rule', api: 'Produce', times: 0, delay: dice.between(50, 300) },
      ...withOptions(
        traffic(dice, { calls: dice.between(60, 150), fromMs: 120, overMs: 2_000, firstCall: 10, mostBytes: 1_000 }),
        () => (dice.chance(0.1) ? { bufferTimeout: dice.between(1, 300) } : undefined)
      )
    ])
  }),
  fired: run => (run.mostQueuedBytes > (run.plan.producer.bufferMemory ?? 0) / 2 ? 1 : 0),
  judge: (run, claims) => {
    const { bufferTimeout, maxWaiting } = run.plan.producer
    const isPatient = bufferTimeout === 40_000 && maxWaiting === undefined
    const hasty = new Set(
      run.plan.events.flatMap(event => (event.kind === 'send' && event.options !== undefined ? [event.call] : []))
    )
    for (const record of run.records) {
      if (record.fate === 'acked') continue
      const mayBe = !isPatient || hasty.has(record.call.call)
      const isFull = mayBe && record.error?.code === 'KAFKA_BUFFER_FULL' && record.fate === 'not-persisted'
      claims.check(
        'specific',
        isFull,
        () => `Record ${record.number} is called ${record.fate}: ${record.error?.message}`
      )
    }
  }
}

const socketFull: Scenario = {
  id: 'F53',
  group: 'D',
  title: 'without acknowledgement, and the socket takes nothing',
  modes: ['plain'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, {
      acks: 0,
      bufferMemory: 16_384,
      batchSize: 1_000,
      bufferTimeout: dice.pick([300, 12_000])
    }),
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 5_000,
    events: byTime([
      ...warmUp(),
      { atMs: 90, kind: 'shape', shape: { windowBytes: dice.pick([64, 500]), highWaterBytes: dice.pick([1, 200]) } },
      { atMs: 100, kind: 'black-hole', way: 'to-server', forMs: dice.between(200, 1_500) },
      ...traffic(dice, { calls: dice.between(30, 100), fromMs: 90, overMs: 800, firstCall: 10, mostBytes: 1_500 }),
      ...(dice.chance(0.3) ? [{ atMs: dice.between(200, 900), kind: 'cut' } as const] : [])
    ])
  }),
  fired: run => (run.mostQueuedBytes > 8_192 ? 1 : 0)
}

const longLinger: Scenario = {
  id: 'F54',
  group: 'D',
  title: 'memory is full, half of those who wait are cancelled, and linger is an hour',
  plan: (dice, mode) => {
    const calls = traffic(dice, {
      calls: dice.between(40, 90),
      fromMs: 10,
      overMs: 300,
      firstCall: 10,
      mostBytes: 1_500
    })
    const aborts = calls.flatMap((event): StoryEvent[] => {
      if (dice.chance(0.5)) return []
      return [{ atMs: event.atMs + dice.between(0, 200), kind: 'abort', call: event.call }]
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, {
        linger: 3_600_000,
        deliveryTimeout: 3_700_000,
        bufferMemory: 16_384,
        batchSize: dice.pick([3_000, 16_000]),
        bufferTimeout: 3_600_000
      }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      events: byTime([...calls, ...aborts])
    }
  },
  fired: run => effectsOf(run, 'abort'),
  judge: (run, claims) => {
    whoWaitsIsLetIn(run, claims)
    for (const call of run.calls) {
      if (!call.aborted)
        claims.check('specific', call.error === null, () => `Call ${call.call} failed: ${call.error?.message}`)
    }
  }
}

/** What waits for memory ends the linger of what holds it: only as much as fits stays behind for the hour. */
function whoWaitsIsLetIn(run: RunRecord, claims: Claims): void {
  const soon = run.ledger.attempts.filter(attempt => attempt.atMs < 10_000).flatMap(attempt => attempt.records)
  const sent = new Set(soon)
  const left = run.records.filter(record => record.fate === 'acked' && !sent.has(record.number))
  const bytes = left.reduce((sum, record) => sum + record.bytes, 0)
  const { bufferMemory = 0 } = run.plan.producer
  claims.check('specific', bytes <= bufferMemory, () => `${bytes} bytes were left to linger, of ${bufferMemory}`)
}

const throttled: Scenario = {
  id: 'F55',
  group: 'D',
  title: 'brokers ask for silence, for longer than a request may take',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { deliveryTimeout: 60_000, metadataMaxAge: dice.pick([1_000, 300_000]) }),
    shape: { latencyMs: dice.pick([1, 5, 10]) },
    healAtMs: 20_000,
    events: byTime([
      {
        atMs: dice.pick([0, 100]),
        kind: 'rule',
        api: dice.pick(['Produce', 'Produce', 'Metadata', mode === 'plain' ? 'Produce' : 'InitProducerId'] as const),
        times: dice.between(1, 4),
        throttle: dice.pick([100, 1_000, 5_000])
      },
      ...traffic(dice, { calls: dice.between(20, 60), fromMs: 10, overMs: 3_000 })
    ])
  }),
  fired: run => run.ledger.silences,
  judge: (run, claims) => {
    allAcked(run, claims)
    const lost = lostConnections(run)
    claims.check('specific', lost.length === 0, () => `${lost.length} connections ended: ${lost[0]!.error?.message}`)
  }
}

const flushes: Scenario = {
  id: 'F56',
  group: 'D',
  title: 'flush among sends, retries and splits, and inside callbacks',
  plan: (dice, mode) => {
    const times = Array.from({ length: dice.between(1, 8) }, (): StoryEvent => ({
      atMs: dice.between(0, 900),
      kind: 'flush'
    }))
    const calls = traffic(dice, { calls: dice.between(20, 50), overMs: 800, mostMessages: 10 })
    const every = dice.chance(0.5) ? dice.between(2, 6) : Infinity
    const again = dice.pick([{ kind: 'flush' } as const, null])
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { linger: dice.pick([0, 20, 5_000]) }),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...withCallbacks(calls, event => (event.call % every === every - 1 ? [again ?? resend(event)] : undefined)),
        ...times,
        {
          atMs: dice.between(50, 600),
          kind: 'rule',
          api: 'Produce',
          times: dice.between(1, 3),
          error: dice.pick([6, 7, 19])
        },
        ...(dice.chance(0.5) ? [{ atMs: 100, kind: 'alter', topic: 'orders', maxMessageBytes: 500 } as const] : []),
        ...(dice.chance(0.3) ? [{ atMs: dice.between(50, 600), kind: 'cut' } as const] : [])
      ])
    }
  },
  fired: run => run.others.filter(other => other.kind === 'flush').length,
  judge: (run, claims) => {
    for (const other of run.others) {
      if (other.kind === 'flush')
        claims.check('specific', other.error === null, () => `A flush failed: ${other.error?.message}`)
    }
  }
}

const oddShapes: Scenario = {
  id: 'F60',
  group: 'D',
  title: 'many partitions, no value, an empty one, a thousand headers, the largest record',
  plan: (dice, mode) => {
    const partitions = dice.pick([1, 50, 300])
    const message = (): MessagePlan => {
      const place = { topic: 'many', partition: dice.between(0, partitions - 1) }
      return dice.pick<MessagePlan>([
        { ...place, odd: 'null' },
        { ...place, odd: 'empty' },
        { ...place, headers: dice.pick([1, 10, 1_000]) },
        { ...place, bytes: dice.pick([0, 100, 60_000]) },
        { topic: 'many', key: `k${dice.between(0, 1_000)}` },
        { ...place, timestamp: dice.pick([-86_400_000, 0, 3_600_000]) }
      ])
    }
    const calls = Array.from({ length: dice.between(5, 20) }, (_, call): StoryEvent => ({
      atMs: dice.between(0, 200),
      kind: 'send',
      call,
      messages: Array.from({ length: dice.between(1, 20) }, message)
    }))
    return {
      cluster: { topics: { many: { partitions, timestampType: dice.pick(['create', 'append']) } } },
      producer: producer(dice, mode, { compression: dice.pick(['none', 'gzip']) }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      probe: false,
      events: byTime(calls)
    }
  },
  fired: run => run.records.length,
  judge: allAcked
}

function soakPlan(dice: Dice, mode: Mode, minutes: number): PlanBody {
  const events: StoryEvent[] = []
  for (let minute = 0; minute < minutes; minute++) {
    const atMs = minute * 60_000 + dice.between(0, 50_000)
    const broker = dice.between(1, 3)
    events.push(
      ...dice.pick<StoryEvent[]>([
        [{ atMs, kind: 'cut', broker }],
        [
          { atMs, kind: 'kill', broker },
          { atMs: atMs + dice.between(100, 5_000), kind: 'restart', broker }
        ],
        [{ atMs, kind: 'move', topic: 'orders', partition: dice.between(0, 2), to: broker }],
        [{ atMs, kind: 'black-hole', broker, forMs: dice.between(100, 6_000) }],
        [{ atMs, kind: 'rule', api: 'Produce', times: 3, error: dice.pick([6, 7, 19]) }]
      ])
    )
    events.push(
      ...traffic(dice, { calls: 8, fromMs: atMs - dice.between(0, 1_000), overMs: 3_000, firstCall: minute * 100 })
    )
  }
  return {
    cluster: cluster(),
    producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
    shape: { latencyMs: [0, 3] },
    healAtMs: minutes * 60_000,
    events: byTime(events.map(event => ({ ...event, atMs: Math.max(0, event.atMs) })))
  }
}

const soak: Scenario = {
  id: 'F61',
  group: 'D',
  title: 'half an hour with a fault a minute',
  plan: (dice, mode) => soakPlan(dice, mode, 30),
  fired: run =>
    effectsOf(run, 'cut') +
    effectsOf(run, 'kill') +
    effectsOf(run, 'move') +
    effectsOf(run, 'black-hole') +
    effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    claims.check('specific', run.mostTimersPending < 60, () => `${run.mostTimersPending} timers were pending at once`)
    const unknown = recordsWith(run, 'unknown').length
    claims.check('specific', unknown === 0, () => `${unknown} records have no certain outcome`)
  }
}

export const pressureScenarios: readonly Scenario[] = [
  slowBroker,
  slowAndSmall,
  socketFull,
  longLinger,
  throttled,
  flushes
]

const longSoak: Scenario = {
  ...soak,
  id: 'F61f',
  isFull: true,
  title: 'a day with a fault a minute',
  plan: (dice, mode) => soakPlan(dice, mode, 24 * 60)
}

const slowForLong: Scenario = {
  ...slowBroker,
  id: 'F52f',
  isFull: true,
  title: 'for ten minutes a broker takes a tenth of what comes in',
  plan: (dice, mode) => ({
    cluster: cluster(),
    // Seven records a second are for the slow one, and it takes one batch, of one or two, in a second and a half.
    // A connection has patience with a request for two timeouts at most, and five such batches take nearly eight seconds.
    producer: producer(dice, mode, {
      requestTimeout: 4_000,
      deliveryTimeout: 1_200_000,
      batchSize: 200,
      linger: 5,
      compression: 'none'
    }),
    shape: { latencyMs: dice.pick([1, 5]) },
    healAtMs: 600_000,
    events: byTime([
      ...warmUp(),
      { atMs: 100, kind: 'rule', api: 'Produce', broker: 1, times: 0, delay: 1_500 },
      ...traffic(dice, { calls: 12_000, fromMs: 120, overMs: 599_000, firstCall: 10, mostMessages: 1, keyed: 0 })
    ])
  })
}

/** By turns: so many partitions, or so many records. */
const vast: Scenario = {
  ...oddShapes,
  id: 'F60f',
  isFull: true,
  title: 'a hundred thousand partitions; a million tiny records',
  plan: (dice, mode) => {
    const isMany = dice.chance(0.5)
    const topics = isMany ? Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, 1_000])) : { many: 50 }
    const names = Object.entries(topics)
    const calls = Array.from({ length: isMany ? 200 : 1_000 }, (_, call): StoryEvent => ({
      atMs: call,
      kind: 'send',
      call,
      messages: Array.from({ length: isMany ? 500 : 1_000 }, (__, place): MessagePlan => {
        const [topic, partitions] = names[isMany ? (call + place) % 100 : 0]!
        return { topic, partition: (call * 7 + place * 13) % partitions }
      })
    }))
    return {
      cluster: cluster(topics),
      producer: producer(dice, mode, { deliveryTimeout: 120_000, batchSize: 16_384, compression: 'none' }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      probe: false,
      events: calls
    }
  }
}

export const extremeScenarios: readonly Scenario[] = [oddShapes, soak, slowForLong, vast, longSoak]
