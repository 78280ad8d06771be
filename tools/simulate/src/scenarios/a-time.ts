// Group A, F16 to F18: an event loop that is blocked, clocks that jump, machines that sleep.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { ackedFrom, allAcked, effectsOf, lostConnections, retries } from './claims.ts'
import { byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

const blocked: Scenario = {
  id: 'F16',
  group: 'A',
  title: 'the event loop is blocked for 40 s while answers wait in the kernel',
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { requestTimeout: 30_000, deliveryTimeout: 120_000, connectTimeout: 10_000 }),
    shape: shape(dice),
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 300, firstCall: 10 }),
      { atMs: dice.between(100, 420), kind: 'stall', ms: 40_000 }
    ])
  }),
  fired: run => effectsOf(run, 'stall'),
  judge: (run, claims) => {
    allAcked(run, claims)
    claims.check('specific', retries(run) === 0, () => `${retries(run)} batches were sent again`)
    const ended = lostConnections(run).length
    claims.check(
      'specific',
      ended === 0,
      () => `${ended} connections ended: ${lostConnections(run)[0]!.error?.message}`
    )
  }
}

const hourMs = 3_600_000

const wallClock: Scenario = {
  id: 'F17',
  group: 'A',
  title: 'the wall clock jumps by hours and days, back and forth',
  plan: (dice, mode) => {
    const jumps = Array.from({ length: dice.between(1, 5) }, (): StoryEvent => {
      const byMs = dice.pick([hourMs, -hourMs, 24 * hourMs, -24 * hourMs])
      return { atMs: dice.between(0, 500), kind: 'wall-clock', byMs }
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      events: byTime([...jumps, ...traffic(dice, { calls: dice.between(10, 40), overMs: 500 })])
    }
  },
  fired: run => effectsOf(run, 'wall-clock'),
  judge: (run, claims) => {
    allAcked(run, claims)
    claims.check('specific', retries(run) === 0, () => `${retries(run)} batches were sent again`)
    claims.check('specific', run.timersFired < 1_000, () => `${run.timersFired} timers ran in ${run.healedMs} ms`)
  }
}

const suspended: Scenario = {
  id: 'F18',
  group: 'A',
  title: 'the machine sleeps for ten minutes; brokers hang up, or do not',
  plan: (dice, mode) => {
    const atMs = dice.between(100, 400)
    const hangUps: StoryEvent[] = dice.pick<StoryEvent[]>([
      [],
      [{ atMs: atMs + 1_000, kind: 'hang-up', how: 'end' }],
      [{ atMs: atMs + 5, kind: 'black-hole', forMs: 700_000 }],
      [{ atMs: atMs + 2, kind: 'cut' }]
    ])
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
      shape: shape(dice),
      healAtMs: atMs + 606_000,
      events: byTime([
        ...warmUp(),
        ...traffic(dice, { calls: dice.between(10, 30), fromMs: 100, overMs: 300, firstCall: 10 }),
        { atMs, kind: 'stall', ms: 600_000 },
        ...hangUps,
        ...traffic(dice, { calls: dice.between(3, 10), fromMs: atMs + 601_000, overMs: 300, firstCall: 100 })
      ])
    }
  },
  fired: run => effectsOf(run, 'stall'),
  judge: (run, claims) => {
    ackedFrom(run, claims, 100)
  }
}

export const timeScenarios: readonly Scenario[] = [blocked, wallClock, suspended]
