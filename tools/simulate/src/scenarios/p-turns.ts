// Group P, P3c: identities that follow each other in one partition.
import type { Dice } from '../dice.ts'
import type { Scenario } from '../scenario.ts'
import type { CallPlan } from '../story.ts'
import { byTime, cluster, producer, shape, streamTo, warmUp, withOptions, type Sending } from './traffic.ts'

const firstCall = 10
const firstPair = 9_000

/** One call under each of so many pairs, and after some of them one under the producer's own identity. */
function inTurns(dice: Dice, pairs: number): Sending[] {
  let turn = 0
  const options = Array.from({ length: pairs }, (_, pair): (CallPlan | undefined)[] => {
    const own: CallPlan = { producerId: firstPair + pair, producerEpoch: 0 }
    return dice.chance(0.1) ? [own, undefined] : [own]
  }).flat()
  const calls = streamTo(0, { firstCall, fromMs: 200, everyMs: 20, calls: options.length })
  return withOptions(calls, () => options[turn++])
}

const manyPairs: Scenario = {
  id: 'P3c',
  group: 'P',
  title: 'dozens of given identities in one partition, each once; then the producer’s own again',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const turns = inTurns(dice, dice.between(5, 40))
    const endMs = 300 + 20 * turns.length
    return {
      cluster: cluster(),
      producer: producer(dice, mode, dice.chance(0.3) ? { producerId: 8_000, producerEpoch: 5 } : {}),
      shape: shape(dice),
      healAtMs: endMs + 500,
      events: byTime([
        ...warmUp(),
        ...streamTo(0, { firstCall: 500, fromMs: 100, everyMs: 5, calls: dice.between(1, 10) }),
        ...turns,
        ...(dice.chance(0.3) ? [{ atMs: dice.between(200, endMs), kind: 'init' } as const] : []),
        ...(dice.chance(0.3) ? [{ atMs: dice.between(200, endMs), kind: 'cut' } as const] : []),
        ...streamTo(0, { firstCall: 600, fromMs: endMs, everyMs: 5, calls: 5 })
      ])
    }
  },
  fired: run => new Set(run.ledger.attempts.map(each => each.producerId)).size - 1,
  judge: (run, claims) => {
    for (const { number, call, fate, error } of run.records)
      claims.check(
        'specific',
        fate === 'acked',
        () => `Record ${number} of call ${call.call} is called ${fate}: ${error?.message}`
      )
  }
}

export const turnScenarios: readonly Scenario[] = [manyPairs]
