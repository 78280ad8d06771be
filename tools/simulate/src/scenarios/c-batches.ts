// Group C, F43 to F50: batches that are too large, refused, damaged, slow to compress, and memory that is used again.
import type { Dice } from '../dice.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { MessagePlan, StoryEvent } from '../story.ts'
import { produceKey } from '../wire/messages.ts'
import {
  allAcked,
  attemptsWith,
  fateIs,
  invalidRecord,
  patientAckedUnlessRefusedOrInDoubt,
  requestsOf
} from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp, withOptions } from './traffic.ts'

const tooLarge = 10

function bigCall(dice: Dice, atMs: number, call: number, messages: number, mostBytes: number): StoryEvent {
  const partition = dice.between(0, 2)
  const list = Array.from({ length: messages }, (): MessagePlan => ({
    topic: 'orders',
    partition,
    bytes: dice.between(0, mostBytes)
  }))
  return { atMs, kind: 'send', call, messages: list }
}

const batchesTooLarge: Scenario = {
  id: 'F43',
  group: 'C',
  title: 'batches, or single records, are larger than the topic takes',
  plan: (dice, mode) => {
    const maxMessageBytes = dice.pick([150, 300, 1_000, 5_000])
    const calls = Array.from({ length: dice.between(1, 3) }, (_, place) =>
      bigCall(dice, 100 + dice.between(0, 50), 10 + place, dice.pick([5, 50, 300]), dice.pick([20, 200, 600]))
    )
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { batchSize: dice.pick([2_000, 262_144]) }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 8_000,
      probe: false,
      events: byTime([
        ...warmUp(),
        { atMs: dice.pick([50, 105]), kind: 'alter', topic: 'orders', maxMessageBytes },
        ...calls,
        { atMs: 120, kind: 'flush' }
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === tooLarge).length,
  judge: (run, claims) => {
    const alone = aloneTooLarge(run)
    for (const record of run.records) {
      const expected = alone.has(record.number) ? 'not-persisted' : 'acked'
      fateIs(claims, record, expected)
    }
    const largest = Math.max(1, ...run.ledger.attempts.map(attempt => attempt.count))
    for (const record of run.records) {
      const refusals = run.ledger.attempts.filter(
        each => each.errorCode === tooLarge && each.records.includes(record.number)
      ).length
      const most = Math.ceil(Math.log2(largest)) + 2
      claims.check(
        'specific',
        refusals <= most,
        () => `Record ${record.number} was refused ${refusals} times, of ${most} that halving needs`
      )
    }
  }
}

/** What is around records in a batch, and around batches in a request. */
const aroundBytes = 200

const tooLargeForARequest: Scenario = {
  id: 'F43b',
  group: 'C',
  title: 'records, and all that is ready together, are larger than one request may be',
  plan: (dice, mode) => {
    const maxRequestSize = dice.between(1_500, 4_000)
    const calls = Array.from({ length: dice.between(5, 20) }, (_, place) =>
      bigCall(dice, 100 + dice.between(0, 50), 10 + place, dice.between(1, 8), dice.pick([200, 1_000, 5_000]))
    )
    return {
      cluster: cluster(undefined, { brokers: 1 }),
      producer: producer(dice, mode, {
        maxRequestSize,
        batchSize: dice.pick([500, maxRequestSize]),
        compression: 'none'
      }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 2_000,
      events: byTime([...warmUp(), ...calls])
    }
  },
  fired: run => run.records.filter(record => record.error?.code === 'KAFKA_RECORD_TOO_LARGE').length,
  judge: (run, claims) => {
    const { maxRequestSize = 0 } = run.plan.producer
    for (const { number, bytes, fate, error } of run.records) {
      const isRefused = error?.code === 'KAFKA_RECORD_TOO_LARGE' && fate === 'not-persisted'
      const holds = (fate === 'acked' && bytes < maxRequestSize) || (isRefused && bytes > maxRequestSize - aroundBytes)
      claims.check('specific', holds, () => `Record ${number} of ${bytes} bytes is called ${fate}: ${error?.message}`)
    }
    for (const { bytes, atMs } of requestsOf(run, produceKey))
      claims.check(
        'specific',
        bytes <= maxRequestSize + aroundBytes,
        () => `A request of ${bytes} bytes at ${atMs} ms, of ${maxRequestSize}`
      )
  }
}

/** Records that were refused in a batch of their own. */
function aloneTooLarge(run: RunRecord): Set<number> {
  const alone = run.ledger.attempts.filter(attempt => attempt.errorCode === tooLarge && attempt.count === 1)
  return new Set(alone.flatMap(attempt => attempt.records))
}

const tooLargeAfterDoubt: Scenario = {
  id: 'F44',
  group: 'C',
  title: 'too large, after an attempt whose answer was lost',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { batchSize: 262_144 }),
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 4_000,
    events: byTime([
      ...warmUp(),
      { atMs: 99, kind: 'rule', api: 'Produce', times: dice.between(1, 2), cut: 0, execute: dice.chance(0.3) },
      bigCall(dice, 100, 10, dice.between(5, 30), 200),
      ...traffic(dice, { calls: dice.between(5, 20), fromMs: 110, overMs: 200, firstCall: 20 }),
      { atMs: dice.between(101, 140), kind: 'alter', topic: 'orders', maxMessageBytes: 400 }
    ])
  }),
  fired: run => doubtful(run).length,
  judge: (run, claims) => {
    for (const attempt of doubtful(run)) {
      const halves = run.ledger.attempts.filter(
        each => each.order > attempt.order && each.records[0] === attempt.records[0]
      )
      claims.check(
        'specific',
        halves.length === 0,
        () => `Record ${attempt.records[0]} was sent again after it was too large, and in doubt`
      )
      for (const record of attempt.records) {
        const { fate } = run.records[record]!
        claims.check('specific', fate === 'unknown', () => `Record ${record} is called ${fate}, not unknown`)
      }
    }
  }
}

/** Refusals as too large of batches that had an uncertain attempt before. */
function doubtful(run: RunRecord): RunRecord['ledger']['attempts'] {
  const { attempts } = run.ledger
  return attempts.filter(
    each =>
      each.errorCode === tooLarge &&
      attempts.some(earlier => earlier.order < each.order && earlier.crc === each.crc && earlier.fate === 'uncertain')
  )
}

const blamed: Scenario = {
  id: 'F45',
  group: 'C',
  title: 'one record of a batch is invalid, with more batches behind it',
  plan: (dice, mode) => {
    const calls = Array.from({ length: dice.between(5, 20) }, (_, place): StoryEvent => {
      const messages = Array.from({ length: dice.between(1, 10) }, (): MessagePlan => {
        const key = dice.chance(0.1) ? {} : { key: `k${dice.between(0, 9)}` }
        return { topic: 'compact', partition: 0, ...key, bytes: dice.between(0, 60) }
      })
      return { atMs: 100 + dice.between(0, 60), kind: 'send', call: 10 + place, messages }
    })
    return {
      cluster: { topics: { compact: { partitions: 1, compacted: true } } },
      producer: producer(dice, mode, { batchSize: dice.pick([300, 600]), maxInflights: 5 }),
      shape: { latencyMs: dice.pick([1, 5]) },
      healAtMs: 3_000,
      probe: false,
      events: byTime([
        { atMs: 0, kind: 'send', call: -100, messages: [{ topic: 'compact', partition: 0, key: 'k' }] },
        ...calls
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === invalidRecord).length,
  judge: (run, claims, mode) => {
    const struck = new Set(
      run.ledger.attempts.filter(each => each.errorCode === invalidRecord).flatMap(each => each.records)
    )
    for (const record of run.records) {
      const expected = struck.has(record.number) ? 'not-persisted' : 'acked'
      fateIs(claims, record, expected)
      if (record.error === null) continue
      const isToBlame = record.key === null
      const says = record.error.message.includes('another record') || record.error.message.includes('other records')
      claims.check(
        'specific',
        says !== isToBlame,
        () => `Record ${record.number}, ${isToBlame ? 'to blame' : 'a sibling'}, is told: ${record.error!.message}`
      )
    }
    if (mode === 'idempotent') {
      const late = run.ledger.attempts.filter(each => each.fate === 'out-of-order' && isHead(run, each))
      claims.check(
        'I14',
        late.length === 0,
        () => `${late.length} batches were out of order with nothing ahead of them`
      )
    }
  }
}

const blamedFalsely: Scenario = {
  id: 'F45b',
  group: 'C',
  title: 'a broker blames records that the batch does not have, or does not say why',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    healAtMs: 2_000,
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 300, firstCall: 10, mostMessages: 8 }),
      {
        atMs: 100,
        kind: 'rule',
        api: 'Produce',
        skip: dice.between(0, 4),
        times: dice.between(1, 3),
        error: invalidRecord,
        mutation: {
          kind: 'record-error',
          index: dice.pick([-1, 0, 1, 1_000, 2_147_483_647]),
          code: dice.pick([invalidRecord, 32]),
          text: dice.pick([null, '', 'no good'])
        }
      }
    ])
  }),
  fired: run => attemptsWith(run, 'refused'),
  judge: patientAckedUnlessRefusedOrInDoubt
}

/** Nothing sent before it was without an answer. */
function isHead(run: RunRecord, attempt: RunRecord['ledger']['attempts'][number]): boolean {
  return !run.ledger.attempts.some(
    each =>
      each.log === attempt.log && each.order < attempt.order && each.fateMs >= attempt.atMs && each.crc !== attempt.crc
  )
}

const damaged: Scenario = {
  id: 'F46',
  group: 'C',
  title: 'a bit turns on the way, once or always',
  plan: (dice, mode) => {
    const isAlways = dice.chance(0.4)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 4_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 30), fromMs: 100, overMs: 400, firstCall: 10 }),
        {
          atMs: 100,
          kind: 'rule',
          api: 'Produce',
          flip: dice.between(0, 60),
          ...(isAlways
            ? { broker: dice.between(1, 3), times: 0 }
            : { skip: dice.between(0, 4), times: dice.between(1, 2) })
        }
      ])
    }
  },
  fired: run => run.ledger.attempts.filter(attempt => attempt.errorCode === 2).length,
  judge: (run, claims) => {
    const rule = run.plan.events.find(event => event.kind === 'rule')
    if (rule?.kind !== 'rule' || rule.times !== 0) return allAcked(run, claims)
    const struck = new Map<number, number>()
    for (const attempt of run.ledger.attempts) {
      if (attempt.errorCode !== 2) continue
      for (const record of attempt.records) struck.set(record, (struck.get(record) ?? 0) + 1)
    }
    for (const [record, times] of struck)
      claims.check('specific', times <= 4, () => `Record ${record} was sent ${times} times, damaged each time`)
    for (const record of run.records) {
      claims.check(
        'specific',
        record.fate !== 'unknown',
        () => `Record ${record.number} was refused each time and is called unknown`
      )
    }
  }
}

const scratchMemory: Scenario = {
  id: 'F47',
  group: 'C',
  title: 'a serializer gives the same memory for every record',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    application: { scratch: true },
    shape: shape(dice),
    events: byTime([
      ...traffic(dice, { calls: dice.between(10, 40), overMs: 300, mostMessages: 8 }),
      { atMs: dice.between(50, 250), kind: 'rule', api: 'Produce', times: 2, cut: 0 }
    ])
  }),
  fired: run => run.records.length,
  judge: allAcked
}

const memoryAgain: Scenario = {
  id: 'F48',
  group: 'C',
  title: 'little memory, batches that expire, connections that break: memory is used again at once',
  plan: (dice, mode) => {
    // Of large requests what exceeds 16 KiB is not copied when it is written: the socket refers to the memory of the batches.
    const isLarge = dice.chance(0.4)
    const events: StoryEvent[] = []
    for (let i = 0; i < 5; i++) {
      const atMs = 150 + dice.between(0, 1_500)
      const broker = dice.between(1, 3)
      events.push({ atMs, kind: 'black-hole', broker, way: 'to-server', forMs: dice.between(20, 900) })
      if (dice.chance(0.6)) events.push({ atMs: atMs + dice.between(1, 400), kind: 'cut', broker })
    }
    events.push({
      atMs: 120,
      kind: 'shape',
      shape: { windowBytes: isLarge ? 4_000 : dice.pick([64, 500, 4_000]), highWaterBytes: dice.pick([1, 500]) }
    })
    const calls = traffic(dice, {
      calls: dice.between(30, 90),
      fromMs: 100,
      overMs: 1_600,
      firstCall: 10,
      mostBytes: isLarge ? 12_000 : 900
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode, {
        bufferMemory: isLarge ? 131_072 : 16_384,
        batchSize: isLarge ? 60_000 : dice.pick([1_000, 4_000]),
        bufferTimeout: 3_000
      }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: 4_000,
      events: byTime([
        ...warmUp(),
        ...withOptions(calls, () => (dice.chance(0.5) ? { deliveryTimeout: dice.between(10, 500) } : undefined)),
        ...events
      ])
    }
  },
  fired: run => run.calls.filter(call => call.error !== null).length,
  judge: (run, claims) => {
    claims.check('specific', run.ledger.comparedFrames > 0, () => 'No frame was compared')
  }
}

const slowCodec: Scenario = {
  id: 'F49',
  group: 'C',
  title: 'compression on another thread ends out of order, or fails',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { compression: 'gzip', batchSize: dice.pick([300, 2_000]) }),
    application: {
      codec: {
        ...(dice.chance(0.8) ? { delayMs: [0, dice.pick([5, 60, 400])] as const } : {}),
        ...(dice.chance(0.6) ? { failEvery: dice.between(3, 9) } : {}),
        into: dice.chance(0.4)
      }
    },
    shape: shape(dice),
    probe: false,
    healAtMs: 3_000,
    events: byTime([
      ...traffic(dice, { calls: dice.between(10, 50), overMs: 300 }),
      ...(dice.chance(0.4) ? [{ atMs: dice.between(50, 400), kind: 'cut' } as const] : []),
      ...(dice.chance(0.3) ? [{ atMs: 100, kind: 'flush' } as const] : [])
    ])
  }),
  fired: run => run.records.length,
  judge: (run, claims) => {
    for (const record of run.records) {
      if (record.error === null) continue
      const isCodecs = record.error.code === 'KAFKA_COMPRESSION' && record.fate === 'not-persisted'
      claims.check(
        'specific',
        isCodecs,
        () => `Record ${record.number} is called ${record.fate}: ${record.error!.message}`
      )
    }
    const failed = new Set(run.records.filter(record => record.error !== null).map(record => record.error)).size
    const most = run.application.failedCompressions
    claims.check('specific', failed === 0 || most > 0, () => 'Records failed though the codec did not')
  }
}

const crowd: Scenario = {
  id: 'F50',
  group: 'C',
  title: 'hundreds of calls in one turn, to many partitions of several topics',
  modes: ['idempotent', 'plain'],
  plan: (dice, mode) => {
    const topics = { orders: 10, events: 10, others: 5 }
    const calls = dice.between(100, 300)
    const events = traffic(dice, { calls, overMs: 0, topics, mostMessages: 2, keyed: 0.1 })
    return { cluster: cluster(topics), producer: producer(dice, mode), shape: shape(dice), events }
  },
  fired: run => run.calls.length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const requests = requestsOf(run, produceKey).length
    claims.check(
      'specific',
      requests < run.records.length,
      () => `${requests} requests for ${run.records.length} records`
    )
    claims.check('specific', attemptsWith(run, 'out-of-order') === 0, () => 'Batches were out of order')
  }
}

export const batchScenarios: readonly Scenario[] = [
  batchesTooLarge,
  tooLargeForARequest,
  tooLargeAfterDoubt,
  blamed,
  blamedFalsely,
  damaged,
  scratchMemory,
  memoryAgain,
  slowCodec,
  crowd
]
