// Group P, P4: where messages go that name no partition.
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord, SentRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { MessagePlan, PartitionerName, StoryEvent } from '../story.ts'
import { keyedPartition } from '../wire/keyed-partition.ts'
import { allAcked } from './claims.ts'
import { byTime, cluster, producer, shape, warmUp } from './traffic.ts'

const partitioners: readonly PartitionerName[] = [
  'sticky',
  'even',
  'round-robin',
  'murmur2',
  'crc32',
  'platformatic',
  'kafkajs-legacy',
  'fallback'
]
const hashing: ReadonlySet<PartitionerName> = new Set([
  'murmur2',
  'crc32',
  'platformatic',
  'kafkajs-legacy',
  'fallback'
])
/** Where keys go as in the Java client. */
const javas: ReadonlySet<PartitionerName> = new Set(['murmur2', 'fallback'])

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
      const expected = javas.has(name) ? keyedPartition(record.key, 5) : place
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

const batchBytes = 300

const spread: Scenario = {
  id: 'P4b',
  group: 'P',
  title: 'records without a key are spread over the partitions, by partitioners of every kind',
  plan: (dice, mode) => {
    const own = dice.pick(partitioners)
    return {
      cluster: cluster({ orders: 5 }),
      producer: producer(dice, mode, { batchSize: batchBytes }),
      application: { partitioner: dice.pick([...partitioners, 'fallback']) },
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp({ orders: 5 }),
        ...Array.from({ length: dice.between(60, 90) }, (_, call): StoryEvent => ({
          atMs: 100 + dice.between(0, 600),
          kind: 'send',
          call: 10 + call,
          messages: Array.from({ length: dice.between(1, 4) }, () => ({
            topic: 'orders',
            bytes: dice.between(50, 250)
          })),
          ...(dice.chance(0.2) ? { options: { partitioner: own } } : {})
        }))
      ])
    }
  },
  fired: run => run.records.filter(record => record.wanted < 0).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    sticksToNone(run, claims)
  }
}

/** However little it likes to change: of so many times two batches' worth some are elsewhere. */
function sticksToNone(run: RunRecord, claims: Claims): void {
  const records = run.records.filter(record => record.wanted < 0 && !isOwn(run, record))
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0)
  const used = new Set(records.map(record => record.partition))
  claims.check(
    'specific',
    used.size > 1 || bytes < 30 * batchBytes,
    () => `${records.length} records of ${bytes} bytes are all in partition ${[...used].join()}`
  )
}

export const placingScenarios: readonly Scenario[] = [placed, spread]
