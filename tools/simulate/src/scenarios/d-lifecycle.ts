// Group D, F57 to F59 and F62: closing in every state, sends that come too late, code of the application that fails.
import type { Scenario } from '../scenario.ts'
import type { CallPlan, RuleDeed, StoryEvent } from '../story.ts'
import { effectsOf, fateIs } from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp, withOptions } from './traffic.ts'

const closing: Scenario = {
  id: 'F57',
  group: 'D',
  title: 'close while connecting, asking, in flight, silent or cut off; twice; at once',
  plan: (dice, mode) => {
    const atMs = dice.pick([0, dice.between(0, 30), dice.between(100, 600)])
    const deed = dice.pick<RuleDeed>([
      { delay: dice.between(10, 3_000) },
      { drop: true },
      { throttle: 3_000 },
      { error: 7 }
    ])
    const api = dice.pick(['ApiVersions', 'Metadata', 'InitProducerId', 'Produce', 'SaslAuthenticate'] as const)
    const isSasl = api === 'SaslAuthenticate'
    const hinder: StoryEvent[] = dice.pick<StoryEvent[]>([
      [],
      [{ atMs: 0, kind: 'rule', api, skip: dice.between(0, 3), times: dice.between(1, 3), ...deed }],
      // Back to the bootstrap servers, again and again.
      [{ atMs: dice.pick([0, 100]), kind: 'rule', api: 'Metadata', times: 0, error: 129 }],
      [{ atMs: dice.between(0, 300), kind: 'isolate', broker: dice.between(1, 3), forMs: 20_000 }],
      [1, 2, 3].map(broker => ({ atMs: dice.pick([0, 200]), kind: 'kill', broker, elect: false }))
    ])
    const closes = Array.from({ length: dice.between(1, 3) }, (_, place): StoryEvent => {
      const timeout = dice.pick([undefined, 0, 1, 500, 5_000])
      return { atMs: atMs + place * dice.between(0, 300), kind: 'close', ...(timeout === undefined ? {} : { timeout }) }
    })
    return {
      cluster: cluster(undefined, isSasl ? { sasl: { password: 'right', sessionLifetimeMs: 400 } } : {}),
      ...(isSasl ? { application: { password: 'right' } } : {}),
      producer: producer(dice, mode, { deliveryTimeout: 8_000, metadataMaxAge: dice.pick([100, 300_000]) }),
      shape: shape(dice),
      healAtMs: atMs + dice.pick([1_000, 25_000]),
      probe: false,
      events: byTime([...hinder, ...traffic(dice, { calls: dice.between(0, 40), overMs: 600 }), ...closes])
    }
  },
  fired: run => effectsOf(run, 'close'),
  judge: (run, claims) => {
    for (const other of run.others) {
      if (other.kind === 'close')
        claims.check('specific', other.error === null, () => `close failed: ${other.error?.message}`)
    }
  }
}

const tooLate: Scenario = {
  id: 'F58',
  group: 'D',
  title: 'send during close and after it',
  plan: (dice, mode) => {
    const atMs = dice.between(100, 300)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      probe: false,
      healAtMs: 3_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(5, 20), fromMs: 50, overMs: atMs - 50, firstCall: 10 }),
        { atMs: atMs + 1, kind: 'close', ...(dice.chance(0.3) ? { timeout: dice.between(0, 100) } : {}) },
        ...traffic(dice, {
          calls: dice.between(3, 10),
          fromMs: atMs + 2,
          overMs: dice.pick([5, 1_000]),
          firstCall: 1_000
        })
      ])
    }
  },
  fired: run => run.calls.filter(call => call.call >= 1_000).length,
  judge: (run, claims) => {
    for (const call of run.calls) {
      if (call.call < 1_000) continue
      const isRefused = call.error?.code === 'KAFKA_CLOSED' && call.error.outcome === 'not-persisted'
      claims.check('specific', isRefused, () => `Call ${call.call} after close: ${call.error?.message}`)
      claims.check(
        'specific',
        call.settledMs - call.startedMs <= 1,
        () => `Call ${call.call} was refused after ${call.settledMs - call.startedMs} ms`
      )
    }
  }
}

const applicationFails: Scenario = {
  id: 'F59',
  group: 'D',
  title: 'a callback, serializer, partitioner or interceptor throws, or gives a promise that is rejected',
  plan: (dice, mode) => {
    const where = dice.pick(['callback', 'serializer', 'partitioner', 'interceptor'] as const)
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      application: { throwing: { [where]: dice.between(2, 7), rejects: dice.chance(0.3) } },
      shape: shape(dice),
      events: byTime([
        ...traffic(dice, {
          calls: dice.between(15, 40),
          overMs: 400,
          keyed: where === 'partitioner' ? 1 : 0.3,
          mostMessages: 6
        }),
        { atMs: 100, kind: 'rule', api: 'Produce', times: 2, error: 6 }
      ])
    }
  },
  fired: run => run.application.thrown,
  judge: (run, claims) => {
    const { throwing = {} } = run.plan.application ?? {}
    const every = throwing.serializer ?? throwing.partitioner ?? throwing.interceptor
    for (const record of run.records) {
      const trips = record.call.call >= 0 && every !== undefined && record.number % every === every - 1
      const isTripped = trips && (throwing.partitioner === undefined || record.wanted < 0)
      const expected = isTripped ? 'not-persisted' : 'acked'
      fateIs(claims, record, expected)
      if (isTripped)
        claims.check(
          'specific',
          record.error?.code === 'KAFKA_SERIALIZATION',
          () => `Record ${record.number} failed with ${record.error?.code}`
        )
    }
    const { surfaced, thrown } = run.application
    // A promise that nobody asked for is its maker's own: as for any that is forgotten, the process is told of its rejection.
    const most = throwing.callback === undefined && throwing.rejects !== true ? 0 : thrown
    claims.check('specific', surfaced === most, () => `${surfaced} failures came out as uncaught, of ${most}`)
  }
}

const ignored: Scenario = {
  id: 'F62',
  group: 'D',
  title: 'failures that nobody looks at do no harm',
  plan: (dice, mode) => {
    const calls = traffic(dice, {
      calls: dice.between(20, 50),
      fromMs: 50,
      overMs: 400,
      firstCall: 10,
      topics: { orders: 3, nowhere: 1 }
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 8_000,
      events: byTime([
        ...warmUp(),
        ...withOptions(calls, () =>
          dice.pick<CallPlan | undefined>([undefined, { deliveryTimeout: 1 }, { timeout: 5_000 }])
        ),
        { atMs: 100, kind: 'rule', api: 'Produce', times: dice.between(1, 5), error: dice.pick([29, 87, 10]) },
        { atMs: 110, kind: 'cut' }
      ])
    }
  },
  fired: run => run.calls.filter(call => call.error !== null).length,
  judge: (run, claims) => {
    claims.check('specific', run.thrown.length === 0, () => `Something came out as uncaught: ${String(run.thrown[0])}`)
    for (const record of run.records) {
      if (record.topic !== 'nowhere' || record.error === null) continue
      fateIs(claims, record, 'not-persisted')
    }
  }
}

export const lifecycleScenarios: readonly Scenario[] = [closing, tooLate, applicationFails]

export const ignoredScenarios: readonly Scenario[] = [ignored]
