// Group A: answers that are lost, connections that break.
import type { Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import { allAcked, effectsOf, extraCopies } from './claims.ts'
import { anyBroker, byTime, cluster, producer, shape, traffic } from './traffic.ts'

const resetAfterAppend: Scenario = {
  id: 'F1',
  group: 'A',
  title: 'reset after the append, before the answer, idempotent',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    events: byTime([
      ...traffic(dice, { calls: dice.between(5, 40), overMs: 300 }),
      {
        atMs: 0,
        kind: 'rule',
        api: 'Produce',
        skip: dice.between(0, 5),
        times: dice.between(1, 3),
        cut: dice.pick([0, 0, 1, 7])
      }
    ])
  }),
  fired: run => effectsOf(run, 'rule'),
  judge: allAcked
}

const resetAfterAppendPlain: Scenario = {
  id: 'F2',
  group: 'A',
  title: 'reset after the append, before the answer, plain',
  modes: ['plain'],
  plan: (dice, mode) => {
    const retryUncertain = dice.chance(0.5)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, retryUncertain ? {} : { retryUncertain }),
      shape: shape(dice),
      events: byTime([
        ...traffic(dice, { calls: dice.between(5, 40), overMs: 300 }),
        { atMs: 0, kind: 'rule', api: 'Produce', skip: dice.between(0, 5), times: dice.between(1, 3), cut: 0 }
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    if (run.plan.producer.retryUncertain !== false) return allAcked(run, claims)
    const extra = extraCopies(run)
    claims.check('specific', extra === 0, () => `${extra} copies too many though nothing uncertain may be sent again`)
    for (const record of run.records) {
      claims.check(
        'specific',
        record.fate !== 'not-persisted',
        () => `Record ${record.number} was handed over and called not persisted`
      )
    }
  }
}

const resetAtByte: Scenario = {
  id: 'F3',
  group: 'A',
  title: 'reset before the broker read a byte, or after k bytes',
  plan: (dice, mode) => {
    const cuts = Array.from({ length: dice.between(1, 4) }, (): StoryEvent => {
      const bytes = dice.pick([0, dice.between(1, 10), dice.between(1, 400), dice.between(1, 3_000)])
      return { atMs: dice.between(0, 300), kind: 'cut-after', broker: anyBroker(dice), way: 'to-server', bytes }
    })
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      events: byTime([...traffic(dice, { calls: dice.between(10, 40), overMs: 300 }), ...cuts])
    }
  },
  fired: run => effectsOf(run, 'cut-after'),
  judge: allAcked
}

export const connectionScenarios: readonly Scenario[] = [resetAfterAppend, resetAfterAppendPlain, resetAtByte]
