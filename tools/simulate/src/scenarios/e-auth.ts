// Group E, F63 to F66: sessions that end, credentials that change, permissions that come and go.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { ackedFrom, allAcked, effectsOf, fateIs, isolated, lostConnections } from './claims.ts'
import { byTime, cluster, producer, traffic, warmUp } from './traffic.ts'

const password = 'right'

const shortSessions: Scenario = {
  id: 'F63',
  group: 'E',
  title: 'sessions are short, and the load is constant',
  plan: (dice, mode) => ({
    cluster: cluster(undefined, { sasl: { password, sessionLifetimeMs: dice.between(800, 2_000) } }),
    producer: producer(dice, mode),
    application: { password },
    shape: { latencyMs: dice.pick([0, 1, 5, 10]) },
    healAtMs: 6_000,
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(100, 200), fromMs: 50, overMs: 5_000, firstCall: 10 })
    ])
  }),
  // More than the handshake and the password of each connection.
  fired: run => Math.max(0, run.ledger.authentications - 2 * run.ledger.connectionsOpened.length),
  judge: (run, claims) => {
    allAcked(run, claims)
    const lost = lostConnections(run).filter(each => each.atMs < run.healedMs)
    claims.check('specific', lost.length === 0, () => `${lost.length} connections ended: ${lost[0]!.error?.message}`)
    const { interleaved } = run.ledger
    claims.check(
      'specific',
      interleaved.length === 0,
      () => `${interleaved.length} requests were inside a handshake, the first at ${interleaved[0]!.atMs} ms`
    )
  }
}

const sessionNotRenewed: Scenario = {
  id: 'F64',
  group: 'E',
  title: 'a session cannot be renewed: the password is another, or slow, or nowhere',
  plan: (dice, mode) => {
    const fromMs = dice.between(300, 900)
    const forMs = dice.between(500, 4_000)
    const how = dice.pick(['none', 'slow', 'throws', 'hangs'] as const)
    const isChanged = how === 'none' || dice.chance(0.5)
    const events: StoryEvent[] = isChanged
      ? [
          { atMs: fromMs, kind: 'server-password', value: 'new' },
          { atMs: fromMs + forMs, kind: 'client-password', value: 'new', how: 'none' }
        ]
      : [{ atMs: fromMs + forMs, kind: 'client-password', value: password, how: 'none' }]
    if (how !== 'none') events.push({ atMs: fromMs, kind: 'client-password', value: password, how })
    return {
      cluster: cluster(undefined, { sasl: { password, sessionLifetimeMs: dice.between(500, 1_500) } }),
      producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
      application: { password },
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      healAtMs: fromMs + forMs + 3_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(20, 60), fromMs: 50, overMs: 3_000, firstCall: 10 }),
        ...events
      ])
    }
  },
  fired: run => lostConnections(run).length,
  judge: allAcked
}

const wrongPassword: Scenario = {
  id: 'F65',
  group: 'E',
  title: 'the password is wrong from the start, and is mended later',
  plan: (dice, mode) => ({
    cluster: cluster(undefined, { sasl: { password } }),
    producer: producer(dice, mode),
    application: { password: 'wrong' },
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 20_000,
    events: byTime([
      ...traffic(dice, { calls: dice.between(3, 10), fromMs: 10, overMs: 3_000 }),
      { atMs: 14_000, kind: 'client-password', value: password, how: 'none' },
      ...traffic(dice, { calls: dice.between(3, 10), fromMs: 16_000, overMs: 1_000, firstCall: 100 })
    ])
  }),
  fired: run => lostConnections(run).filter(each => each.error?.code === 'KAFKA_AUTHENTICATION').length,
  judge: (run, claims) => {
    for (const call of run.calls) {
      if (call.call >= 100 || call.call < 0) {
        claims.check('specific', call.error === null, () => `Call ${call.call} failed: ${call.error?.message}`)
        continue
      }
      for (const { error, fate } of call.records) {
        const isTold = error?.code === 'KAFKA_AUTHENTICATION' && fate === 'not-persisted'
        claims.check('specific', isTold, () => `Call ${call.call} is ${fate}: ${error?.message}`)
      }
    }
    const tried = run.ledger.connectionsOpened.filter(each => each.atMs < 14_000).length
    claims.check('I11', tried <= 120, () => `${tried} connections were tried with a wrong password`)
  }
}

const forbidden: Scenario = {
  id: 'F66',
  group: 'E',
  title: 'one topic is forbidden for a while',
  plan: (dice, mode) => {
    const fromMs = dice.between(100, 200)
    const isAsked = dice.chance(0.4)
    return {
      cluster: cluster({ orders: 3, secrets: 2 }),
      producer: producer(dice, mode, { metadataMaxAge: isAsked ? 200 : 300_000 }),
      shape: { latencyMs: dice.pick([0, 1, 5]) },
      // A refusal is believed for a second.
      healAtMs: 2_600,
      events: byTime([
        // A refusal is remembered for a second.
        ...traffic(dice, { calls: 5, fromMs: 2_700, overMs: 100, firstCall: 300, topics: { orders: 3, secrets: 2 } }),
        ...warmUp({ orders: 3, secrets: 2 }),
        { atMs: fromMs, kind: 'rule', api: 'Produce', topic: 'secrets', times: 0, error: 29 },
        ...(isAsked
          ? [{ atMs: fromMs, kind: 'rule', api: 'Metadata', topic: 'secrets', times: 4, error: 29 } as const]
          : []),
        ...traffic(dice, {
          calls: dice.between(20, 50),
          fromMs: fromMs + 10,
          overMs: 800,
          firstCall: 10,
          mostMessages: 1,
          topics: { orders: 3, secrets: 2 }
        })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    isolated(run, claims, record => record.topic === 'orders')
    ackedFrom(run, claims, 300)
    for (const record of run.records) {
      if (record.topic !== 'secrets' || record.fate === 'acked') continue
      fateIs(claims, record, 'not-persisted')
    }
  }
}

export const authenticationScenarios: readonly Scenario[] = [shortSessions, sessionNotRenewed, wrongPassword, forbidden]
