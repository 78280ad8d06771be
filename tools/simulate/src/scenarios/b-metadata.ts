// Group B, F29 to F33 and F35: topics, leaders and addresses that are not what metadata said.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { CallEvent, StoryEvent } from '../story.ts'
import { keyedPartition } from '../wire/keyed-partition.ts'
import { initProducerIdKey, produceKey } from '../wire/messages.ts'
import { ackedFrom, allAcked, effectsOf, lostConnections, requestsOf } from './claims.ts'
import { anyBroker, byTime, cluster, producer, shape, streamTo, traffic, warmUp, withCallbacks } from './traffic.ts'

/** Calls from here on come when all is over. */
const firstAfterwards = 300

const recreated: Scenario = {
  id: 'F29',
  group: 'B',
  title: 'a topic is deleted and made again under its name',
  plan: (dice, mode) => {
    const atMs = dice.between(300, 500)
    const gapMs = dice.pick([0, 0, 100, 800])
    const topicRecreatedPolicy = dice.pick(['continue', 'fail'] as const)
    const events: StoryEvent[] = [
      { atMs, kind: 'delete', topic: 'orders' },
      { atMs: atMs + gapMs, kind: 'create', topic: 'orders', partitions: 3 }
    ]
    if (topicRecreatedPolicy === 'fail') events.push({ atMs: 4_900, kind: 'reset', topic: 'orders' })
    if (dice.chance(0.4)) events.push({ atMs: atMs - dice.between(0, 20), kind: 'cut' })
    return {
      cluster: cluster(undefined, dice.chance(0.5) ? { versions: { Produce: { max: 12 } } } : {}),
      producer: producer(dice, mode, { topicRecreatedPolicy, metadataMaxAge: 1_000 }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 6_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(15, 50), fromMs: 50, overMs: 700, firstCall: 10 }),
        // By now metadata tells of the new one.
        ...traffic(dice, { calls: 6, fromMs: 5_000, overMs: 300, firstCall: firstAfterwards }),
        ...events
      ])
    }
  },
  fired: run => effectsOf(run, 'create'),
  judge: fromThenOnAcked
}

const acceptedAtOnce: Scenario = {
  id: 'F29b',
  group: 'B',
  title: 'a topic is made again, and whoever is told so accepts it inside the callback, with more in flight',
  plan: (dice, mode) => {
    const atMs = dice.between(250, 350)
    const accept: CallEvent = { kind: 'reset', topic: 'orders' }
    const stream = streamTo(0, { firstCall: 10, fromMs: 200, everyMs: dice.between(1, 4), calls: 60 })
    const refused: StoryEvent = {
      atMs: atMs - dice.between(0, 20),
      kind: 'rule',
      api: 'Produce',
      times: dice.between(1, 2),
      error: dice.pick([6, 19, 87])
    }
    const late: StoryEvent = {
      atMs: refused.atMs,
      kind: 'rule',
      api: 'Produce',
      skip: dice.between(1, 2),
      times: dice.between(1, 4),
      answerDelay: dice.between(50, 800)
    }
    return {
      cluster: cluster(),
      producer: producer(dice, mode, {
        batchSize: 200,
        linger: 0,
        maxInflights: 5,
        topicRecreatedPolicy: 'fail',
        metadataMaxAge: dice.pick([20, 50, 200])
      }),
      shape: { latencyMs: dice.pick([1, 5, 20]) },
      healAtMs: 4_800,
      events: byTime([
        ...warmUp(),
        ...withCallbacks(stream, () => (dice.chance(0.7) ? [accept] : undefined)),
        // The latest rule is asked first: what it lets by is refused.
        refused,
        late,
        { atMs, kind: 'delete', topic: 'orders' },
        { atMs: atMs + dice.pick([0, 1, 20]), kind: 'create', topic: 'orders', partitions: 3 },
        { atMs: 4_900, kind: 'reset', topic: 'orders' },
        ...streamTo(0, { firstCall: firstAfterwards, fromMs: 5_000, everyMs: 20, calls: 6 })
      ])
    }
  },
  fired: run => effectsOf(run, 'create'),
  judge: fromThenOnAcked
}

function fromThenOnAcked(run: RunRecord, claims: Claims): void {
  ackedFrom(run, claims, firstAfterwards)
}

const missingForAWhile: Scenario = {
  id: 'F30',
  group: 'B',
  title: 'metadata says for a while that a topic is missing',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const fromMs = dice.between(150, 300)
    const broker = dice.chance(0.5) ? { broker: anyBroker(dice) } : {}
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { metadataMaxAge: dice.pick([100, 300, 300_000]) }),
      shape: shape(dice),
      healAtMs: fromMs + dice.between(1_000, 4_000),
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(15, 50), fromMs: 100, overMs: 1_500, firstCall: 10 }),
        { atMs: fromMs, kind: 'rule', api: 'Metadata', topic: 'orders', times: 0, error: 3, ...broker },
        { atMs: fromMs, kind: 'rule', api: 'Produce', times: dice.between(1, 3), error: dice.pick([6, 3, 5]) }
      ])
    }
  },
  fired: run => effectsOf(run, 'rule', event => event.kind === 'rule' && event.api === 'Metadata'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const identities = new Set(run.ledger.attempts.map(attempt => `${attempt.producerId}/${attempt.epoch}`))
    claims.check('specific', identities.size === 1, () => `Sequences did not go on: ${[...identities].join(', ')}`)
    claims.check('specific', requestsOf(run, initProducerIdKey).length === 1, () => 'Another identity was asked for')
  }
}

const partitionsGrow: Scenario = {
  id: 'F31',
  group: 'B',
  title: 'a topic gets more partitions while records flow',
  plan: (dice, mode) => {
    const atMs = dice.between(100, 400)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { metadataMaxAge: dice.pick([50, 200, 300_000]) }),
      shape: shape(dice),
      events: byTime([
        ...traffic(dice, { calls: dice.between(20, 60), overMs: 800, keyed: 0.7 }),
        { atMs, kind: 'grow', topic: 'orders', partitions: dice.between(4, 8) }
      ])
    }
  },
  fired: run => effectsOf(run, 'grow'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const grown = run.plan.events.find(event => event.kind === 'grow')
    const counts = [3, grown?.kind === 'grow' ? grown.partitions : 3]
    for (const record of run.records) {
      if (record.key === null || record.wanted >= 0 || record.fate !== 'acked') continue
      // The client may not have heard of the new ones yet; each key goes by one count or the other, and stays there.
      const fits = counts.some(count => keyedPartition(record.key!, count) === record.partition)
      claims.check(
        'specific',
        fits,
        () => `Record ${record.number} with key ${record.key} is in partition ${record.partition}`
      )
    }
  }
}

const partitionsShrink: Scenario = {
  id: 'F31b',
  group: 'B',
  title: 'a topic is made again with fewer partitions',
  plan: (dice, mode) => {
    const atMs = dice.between(200, 500)
    return {
      cluster: cluster({ orders: 6 }),
      producer: producer(dice, mode, {
        topicRecreatedPolicy: 'continue',
        metadataMaxAge: dice.pick([50, 200, 1_000]),
        deliveryTimeout: 5_000
      }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 3_000,
      events: byTime([
        ...traffic(dice, { calls: dice.between(20, 50), overMs: 900, keyed: 0.5, topics: { orders: 6 } }),
        { atMs, kind: 'delete', topic: 'orders' },
        { atMs: atMs + dice.pick([0, 50, 300]), kind: 'create', topic: 'orders', partitions: 2 },
        ...traffic(dice, { calls: 8, fromMs: 2_500, overMs: 200, firstCall: firstAfterwards, topics: { orders: 2 } })
      ])
    }
  },
  fired: run => effectsOf(run, 'create'),
  judge: fromThenOnAcked
}

function metadataFault(dice: Dice): {
  readonly mutation?: NonNullable<Extract<StoryEvent, { kind: 'rule' }>['mutation']>
  readonly error?: number
} {
  return dice.pick([
    { mutation: { kind: 'leader', id: -1 } },
    { mutation: { kind: 'partition-error', code: 72 } },
    { mutation: { kind: 'without-broker', id: dice.between(1, 3) } },
    { mutation: { kind: 'no-brokers' } },
    { error: 5 },
    { error: 7 }
  ] as const)
}

const poorMetadata: Scenario = {
  id: 'F32a',
  group: 'B',
  title: 'metadata without leaders, listeners or brokers',
  plan: (dice, mode) => {
    const fromMs = dice.pick([0, 150])
    const fault = metadataFault(dice)
    const scope = fault.error === undefined ? {} : { topic: 'orders' }
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { metadataMaxAge: dice.pick([100, 300_000]) }),
      shape: shape(dice),
      healAtMs: fromMs + dice.between(1_000, 4_000),
      events: byTime([
        ...(fromMs > 0 ? warmUp() : []),
        { atMs: fromMs, kind: 'rule', api: 'Metadata', times: 0, ...fault, ...scope },
        ...(fromMs > 0 ? [{ atMs: fromMs, kind: 'rule', api: 'Produce', times: 2, error: 6 } as const] : []),
        ...traffic(dice, { calls: dice.between(15, 40), fromMs: fromMs + 1, overMs: 800, firstCall: 10 })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule', event => event.kind === 'rule' && event.api === 'Metadata'),
  judge: allAcked
}

const otherCluster: Scenario = {
  id: 'F32b',
  group: 'B',
  title: 'a broker of another cluster answers',
  plan: (dice, mode) => {
    const isFromStart = dice.chance(0.3)
    const fromMs = dice.between(100, 300)
    const scope = isFromStart ? { broker: 1 } : {}
    return {
      cluster: cluster(),
      // Whom it meets first it believes.
      producer: producer(dice, mode, {
        metadataMaxAge: 200,
        ...(isFromStart ? { bootstrap: ['broker-2:9092', 'broker-3:9092'] } : {})
      }),
      shape: shape(dice),
      healAtMs: fromMs + dice.between(500, 3_000),
      events: byTime([
        ...(isFromStart ? [] : warmUp()),
        {
          atMs: isFromStart ? 0 : fromMs,
          kind: 'rule',
          api: 'Metadata',
          times: 0,
          mutation: { kind: 'cluster-id', value: 'another' },
          ...scope
        },
        ...traffic(dice, { calls: dice.between(10, 30), fromMs: fromMs + 50, overMs: 800, firstCall: 10 })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: allAcked
}

const addressReused: Scenario = {
  id: 'F33',
  group: 'B',
  title: "a broker's address leads to another broker",
  plan: (dice, mode) => {
    const broker = anyBroker(dice)
    const host = `broker-${broker}`
    const fromMs = dice.between(100, 300)
    const forMs = dice.between(300, 3_000)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: fromMs + forMs + 500,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 800, firstCall: 10 }),
        { atMs: fromMs, kind: 'name', host, addresses: [`broker-${(broker % 3) + 1}`] },
        { atMs: fromMs, kind: 'cut', broker },
        { atMs: fromMs + forMs, kind: 'name', host, addresses: [host] },
        // Whoever is the wrong one goes at last.
        { atMs: fromMs + forMs, kind: 'cut', broker }
      ])
    }
  },
  fired: run => lostConnections(run).length,
  judge: allAcked
}

const versionsChange: Scenario = {
  id: 'F35',
  group: 'B',
  title: 'brokers are upgraded and downgraded one by one',
  plan: (dice, mode) => {
    const events: StoryEvent[] = []
    for (let round = 0; round < 4; round++) {
      const atMs = 200 + round * 300
      const broker = anyBroker(dice)
      events.push({ atMs, kind: 'versions', api: 'Produce', max: dice.between(7, 13), broker })
      if (dice.chance(0.4)) events.push({ atMs, kind: 'versions', api: 'Metadata', max: dice.between(7, 13), broker })
      events.push({ atMs, kind: 'hang-up', how: dice.pick(['end', 'reset']), broker })
      if (dice.chance(0.4)) events.push({ atMs: atMs - 2, kind: 'rule', api: 'Produce', broker, cut: 0 })
    }
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(20, 60), fromMs: 100, overMs: 1_400, firstCall: 10 }),
        ...events
      ])
    }
  },
  fired: run => effectsOf(run, 'versions'),
  judge: (run, claims) => {
    allAcked(run, claims)
    for (const { version, atMs } of requestsOf(run, produceKey)) {
      claims.check('specific', version >= 7 && version <= 13, () => `Produce version ${version} at ${atMs} ms`)
    }
  }
}

export const metadataScenarios: readonly Scenario[] = [
  recreated,
  acceptedAtOnce,
  missingForAWhile,
  partitionsGrow,
  partitionsShrink,
  poorMetadata,
  otherCluster,
  addressReused
]

export const versionScenarios: readonly Scenario[] = [versionsChange]
