// Group E, F67 to F70: brokers of other ages, and brokers that send us back to the start.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { apiVersionsKey, initProducerIdKey, produceKey } from '../wire/messages.ts'
import { allAcked, effectsOf, fateIs, requestsOf } from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

const oldNegotiation: Scenario = {
  id: 'F67',
  group: 'E',
  title: 'brokers that know only old ApiVersions, or hang up on new ones',
  plan: (dice, mode) => {
    const isDeaf = dice.chance(0.5)
    const rule: StoryEvent = {
      atMs: 0,
      kind: 'rule',
      api: 'ApiVersions',
      fromVersion: 3,
      times: 0,
      execute: false,
      ...(dice.chance(0.8) ? { cut: 0 } : { drop: true })
    }
    return {
      cluster: cluster(undefined, isDeaf ? {} : { versions: { ApiVersions: { max: dice.between(0, 2) } } }),
      producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
      shape: shape(dice),
      healAtMs: isDeaf ? 6_000 : 1_000,
      events: byTime([
        ...(isDeaf ? [rule] : []),
        ...traffic(dice, { calls: dice.between(5, 20), fromMs: 5, overMs: 400 })
      ])
    }
  },
  fired: run => requestsOf(run, apiVersionsKey).filter(request => request.version >= 3).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const asked = requestsOf(run, apiVersionsKey).length
    const opened = run.ledger.connectionsOpened.length
    claims.check('specific', asked <= 3 * opened, () => `${asked} questions for versions on ${opened} connections`)
  }
}

const tooOld: Scenario = {
  id: 'F68',
  group: 'E',
  title: 'brokers that are too old for the records that we write',
  plan: (dice, mode) => ({
    cluster: cluster(undefined, { versions: { Produce: { max: dice.between(3, 6) } } }),
    producer: producer(dice, mode),
    shape: shape(dice),
    probe: false,
    healAtMs: 2_000,
    events: byTime(traffic(dice, { calls: dice.between(3, 15), fromMs: 5, overMs: 400 }))
  }),
  fired: run => run.calls.filter(call => call.error !== null).length,
  judge: (run, claims) => {
    for (const record of run.records) {
      fateIs(claims, record, 'not-persisted')
    }
    const asked = requestsOf(run, produceKey).length
    claims.check('specific', asked === 0, () => `${asked} Produce requests were made all the same`)
    const opened = run.ledger.connectionsOpened.length
    claims.check('I11', opened <= 150, () => `${opened} connections were tried`)
  }
}

const idsUnknown: Scenario = {
  id: 'F69',
  group: 'E',
  title: 'Produce by topic id is offered, and Metadata does not tell the ids',
  plan: (dice, mode) => ({
    cluster: cluster(undefined, dice.chance(0.5) ? { versions: { Metadata: { max: 9 } } } : { topicIds: false }),
    producer: producer(dice, mode),
    shape: shape(dice),
    events: byTime(traffic(dice, { calls: dice.between(10, 30), fromMs: 5, overMs: 400 }))
  }),
  fired: run => requestsOf(run, produceKey).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    for (const { version, atMs } of requestsOf(run, produceKey)) {
      claims.check(
        'specific',
        version <= 12,
        () => `Produce version ${version} at ${atMs} ms names topics by ids that nobody told`
      )
    }
  }
}

const rebootstrap: Scenario = {
  id: 'F70',
  group: 'E',
  title: 'brokers say: begin again from the bootstrap servers',
  plan: (dice, mode) => {
    const fromMs = dice.between(100, 400)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { metadataMaxAge: dice.pick([100, 300, 1_000]) }),
      shape: shape(dice),
      healAtMs: fromMs + 3_000,
      events: byTime([
        ...warmUp(),
        { atMs: fromMs, kind: 'rule', api: 'Metadata', times: dice.between(1, 6), error: 129 },
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: 50, overMs: 1_500, firstCall: 10 })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims, mode) => {
    allAcked(run, claims)
    if (mode === 'plain') return
    const asked = requestsOf(run, initProducerIdKey).length
    claims.check('specific', asked === 1, () => `${asked} identities were asked for`)
  }
}

export const negotiationScenarios: readonly Scenario[] = [oldNegotiation, tooOld, idsUnknown, rebootstrap]
