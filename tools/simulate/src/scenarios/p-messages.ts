// Group P, P5 and P6: what messages are made of, codecs that a broker does not have.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { Flaw, MessagePlan, StoryEvent, ThrowingProperty } from '../story.ts'
import { fateIs } from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

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
      fateIs(claims, record, expected)
      const isSent = run.ledger.handedOver.has(record.number)
      if (isRefused) claims.check('specific', !isSent, () => `Record ${record.number} is impossible, and was sent`)
    }
  }
}

/** What a strict call looks at before anything is accepted. */
const checked: readonly ThrowingProperty[] = ['topic', 'value', 'headers', 'partition', 'timestamp']
const properties: readonly ThrowingProperty[] = [...checked, 'key']

function unreadableCall(dice: Dice, call: number, mostBytes: number): StoryEvent {
  const strict = dice.chance(0.2)
  const messages = Array.from({ length: dice.between(1, 5) }, (): MessagePlan => ({
    topic: 'orders',
    ...(dice.chance(0.5) ? { key: `k${dice.between(0, 9)}` } : { partition: dice.between(0, 2) }),
    bytes: dice.between(0, mostBytes),
    ...(dice.chance(0.08) ? { throwing: dice.pick(strict ? checked : properties) } : {})
  }))
  return { atMs: 50 + dice.between(0, 500), kind: 'send', call, messages, options: { strict } }
}

const unreadable: Scenario = {
  id: 'P5b',
  group: 'P',
  title: 'messages with a property that throws when it is read; whatever becomes of them, the others go on',
  plan: (dice, mode) => {
    const isSmall = dice.chance(0.3)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, isSmall ? { bufferMemory: 8_192, batchSize: 1_000 } : {}),
      application: dice.chance(0.2) ? { serializer: 'prepares' } : {},
      shape: shape(dice),
      healAtMs: 1_500,
      events: byTime([
        ...(dice.chance(0.5) ? warmUp() : []),
        ...Array.from({ length: dice.between(15, 50) }, (_, call) => unreadableCall(dice, call, isSmall ? 900 : 100))
      ])
    }
  },
  fired: run => run.records.filter(record => record.isFlawed).length,
  judge: refusedAlone
}

/** Of a strict call all, of others the messages that cannot be sent. */
function refusedAlone(run: RunRecord, claims: Claims): void {
  const strict = new Set(
    run.plan.events.flatMap(event => (event.kind === 'send' && event.options?.strict === true ? [event.call] : []))
  )
  for (const record of run.records) {
    const { number, call, isFlawed } = record
    const isRefused = isFlawed || (strict.has(call.call) && call.records.some(each => each.isFlawed))
    const expected = isRefused ? 'not-persisted' : 'acked'
    fateIs(claims, record, expected)
    const isSent = run.ledger.handedOver.has(number)
    if (isRefused) claims.check('specific', !isSent, () => `Record ${number} is impossible, and was sent`)
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

export const messageScenarios: readonly Scenario[] = [odd, unreadable, codecs]
