// Group P, P4 to P7: where messages go, what they are made of, codecs that a broker does not have, a topic that is gone for good.
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord, SentRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { Flaw, MessagePlan, PartitionerName, StoryEvent } from '../story.ts'
import { keyedPartition } from '../wire/keyed-partition.ts'
import { allAcked, effectsOf, isolated } from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

const partitioners: readonly PartitionerName[] = [
  'sticky',
  'even',
  'round-robin',
  'murmur2',
  'crc32',
  'platformatic',
  'kafkajs-legacy'
]
const hashing: ReadonlySet<PartitionerName> = new Set(['murmur2', 'crc32', 'platformatic', 'kafkajs-legacy'])

/** Messages whose partition the partitioner chooses, with a key or without. */
function unplaced(dice: Parameters<Scenario['plan']>[0], topic: string): MessagePlan {
  const key = dice.chance(0.6) ? { key: dice.chance(0.1) ? '' : `k${dice.between(0, 9)}` } : {}
  return { topic, ...key, bytes: dice.between(0, 120) }
}

const placed: Scenario = {
  id: 'P4',
  group: 'P',
  title: 'partitioners of every kind, of the producer and of single calls, while a partition has no leader',
  plan: (dice, mode) => {
    const own = dice.pick(partitioners)
    const leaderless: StoryEvent[] = [
      { atMs: 200, kind: 'move', topic: 'orders', partition: dice.between(0, 4), to: -1 },
      { atMs: 900, kind: 'elect' }
    ]
    return {
      cluster: cluster({ orders: 5 }),
      producer: producer(dice, mode, { metadataMaxAge: 100 }),
      application: { partitioner: dice.pick(partitioners) },
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp({ orders: 5 }),
        ...(dice.chance(0.6) ? leaderless : []),
        { atMs: 120, kind: 'partitions-for', topic: 'orders' },
        ...Array.from({ length: dice.between(20, 60) }, (_, call): StoryEvent => ({
          atMs: 100 + dice.between(0, 600),
          kind: 'send',
          call: 10 + call,
          messages: Array.from({ length: dice.between(1, 4) }, () => unplaced(dice, 'orders')),
          ...(dice.chance(0.3) ? { options: { partitioner: own } } : {})
        }))
      ])
    }
  },
  fired: run => run.records.filter(record => record.wanted < 0).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const places = new Map<string, number>()
    for (const record of run.records) {
      const name = partitionerOf(run, record)
      if (record.key === null || record.wanted >= 0 || !hashing.has(name)) continue
      // Nothing to hash: librdkafka's default leaves it to chance.
      if (record.key === '' && name === 'crc32') continue
      const place = places.get(`${name} ${record.key}`) ?? record.partition
      places.set(`${name} ${record.key}`, place)
      const expected = name === 'murmur2' ? keyedPartition(record.key, 5) : place
      claims.check(
        'specific',
        record.partition === expected,
        () =>
          `Key ${record.key} of record ${record.number} is in partition ${record.partition}, not ${expected}, by ${name}`
      )
    }
    if (run.plan.events.every(event => event.kind !== 'move')) inTurns(run, claims)
  }
}

function partitionerOf(run: RunRecord, { call }: SentRecord): PartitionerName {
  const event = run.plan.events.find(each => each.kind === 'send' && each.call === call.call)
  const own = event?.kind === 'send' ? event.options?.partitioner : undefined
  return own ?? run.plan.application!.partitioner!
}

/** One after the other: no partition has two more than another. */
function inTurns(run: RunRecord, claims: Claims): void {
  const turns = run.records.filter(
    record => record.wanted < 0 && partitionerOf(run, record) === 'round-robin' && !isOwn(run, record)
  )
  const counts = [0, 1, 2, 3, 4].map(partition => turns.filter(record => record.partition === partition).length)
  claims.check('specific', Math.max(...counts) - Math.min(...counts) <= 1, () => `Turns went ${counts.join(', ')}`)
}

/** A partitioner that is given to a call has its turns for itself. */
function isOwn(run: RunRecord, { call }: SentRecord): boolean {
  return run.plan.events.some(event => event.kind === 'send' && event.call === call.call && event.options !== undefined)
}

const flaws: readonly Flaw[] = ['value', 'topic', 'timestamp', 'headers', 'header', 'header-name', 'partition']

const odd: Scenario = {
  id: 'P5',
  group: 'P',
  title: 'messages in every form, some of them impossible; strict calls; serializers that write, or must prepare',
  plan: (dice, mode) => {
    const serializer = dice.pick([undefined, undefined, 'into', 'prepares', 'cannot-prepare'] as const)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      application: serializer === undefined ? {} : { serializer },
      shape: shape(dice),
      healAtMs: 1_500,
      events: byTime([
        ...Array.from({ length: dice.between(15, 50) }, (_, call): StoryEvent => ({
          atMs: dice.between(0, 500),
          kind: 'send',
          call,
          messages: Array.from({ length: dice.between(1, 5) }, (): MessagePlan => ({
            topic: 'orders',
            partition: dice.between(0, 2),
            bytes: dice.between(0, 100),
            headers: dice.pick([0, 1, 3]),
            ...(dice.chance(0.6) ? { headersAs: dice.pick(['map', 'object'] as const) } : {}),
            ...(dice.chance(0.2) ? { timestamp: -dice.between(0, 100_000) } : {}),
            ...(dice.chance(0.06) ? { flaw: dice.pick(flaws) } : {})
          })),
          ...(dice.chance(0.4) ? { options: { strict: true } } : {})
        })),
        { atMs: dice.between(50, 400), kind: 'rule', api: 'Produce', times: 2, error: 6 }
      ])
    }
  },
  fired: run => run.records.filter(record => record.isFlawed).length,
  judge: (run, claims) => {
    const strict = new Set(
      run.plan.events.flatMap(event => (event.kind === 'send' && event.options?.strict === true ? [event.call] : []))
    )
    const cannot = run.plan.application?.serializer === 'cannot-prepare'
    for (const record of run.records) {
      const { call } = record
      const isRefused = record.isFlawed || (strict.has(call.call) && call.records.some(each => each.isFlawed))
      const mayBe = cannot && record.error?.message.includes('could not prepare') === true
      const expected = isRefused || mayBe ? 'not-persisted' : 'acked'
      claims.check(
        'specific',
        record.fate === expected,
        () => `Record ${record.number} is called ${record.fate}, not ${expected}: ${record.error?.message}`
      )
      const isSent = run.ledger.handedOver.has(record.number)
      if (isRefused) claims.check('specific', !isSent, () => `Record ${record.number} is impossible, and was sent`)
    }
  }
}

const codecs: Scenario = {
  id: 'P6',
  group: 'P',
  title: 'a broker that does not have the codec; codecs that write into the batch, that cannot read what they made',
  plan: (dice, mode) => {
    const isLate = dice.chance(0.4)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { compression: 'gzip' }),
      application: {
        codec: {
          into: dice.chance(0.5),
          unreadable: dice.chance(0.2),
          ...(isLate ? { delayMs: [0, dice.between(1, 60)] as const } : {})
        }
      },
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...traffic(dice, { calls: dice.between(15, 50), overMs: 500, mostMessages: 8, mostBytes: 400 }),
        {
          atMs: 0,
          kind: 'rule',
          api: 'Produce',
          topic: 'orders',
          partition: dice.between(0, 2),
          skip: dice.between(0, 4),
          times: dice.between(1, 3),
          error: 76
        },
        ...(dice.chance(0.3) ? [{ atMs: dice.between(50, 400), kind: 'cut', broker: 1 } as const] : [])
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(each => each.errorCode === 76).length,
  judge: (run, claims) => {
    const unsupported = run.ledger.attempts.filter(each => each.errorCode === 76)
    // Whose records are as they were given has no other form.
    const ends = new Set(unsupported.filter(each => each.codec === 0).flatMap(each => each.records))
    const struck = new Set(unsupported.flatMap(each => each.records))
    const lost = run.ledger.attempts.filter(each => each.fate === 'uncertain')
    const doubtful = new Set(lost.flatMap(each => each.records))
    const isUnreadable = run.plan.application?.codec?.unreadable === true
    for (const record of run.records) {
      const { number, fate } = record
      const isOver = ends.has(number) || (isUnreadable && struck.has(number))
      const expected = isOver ? 'not-persisted' : 'acked'
      // In doubt, it may not be given another form.
      const holds = fate === expected || (fate === 'unknown' && struck.has(number) && doubtful.has(number))
      claims.check(
        'specific',
        holds,
        () => `Record ${number} is called ${fate}, not ${expected}: ${record.error?.message}`
      )
    }
  }
}

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

export const messageScenarios: readonly Scenario[] = [placed, odd, codecs, gone]
