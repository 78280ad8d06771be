// Group P, P3c to P3f: identities that follow each other in one partition.
import type { Dice } from '../dice.ts'
import type { Scenario } from '../scenario.ts'
import type { CallPlan, StoryEvent } from '../story.ts'
import { allAcked, attemptsWith, invalidRecord, patientAckedUnlessRefusedOrInDoubt } from './claims.ts'
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
  judge: allAcked
}

const toIt = { kind: 'rule', api: 'Produce', topic: 'orders', partition: 0 } as const

/** Batches of the first identity are lost; some brokers execute them all the same, later. */
function losses(dice: Dice, atMs: number): StoryEvent[] {
  const skip = dice.between(0, 3)
  if (dice.chance(0.4)) return [{ ...toIt, atMs, skip, cut: 0, execute: dice.chance(0.5) }]
  return [
    { ...toIt, atMs, skip, delay: dice.between(100, 1_500) },
    { atMs: atMs + dice.between(3, 60), kind: 'cut' }
  ]
}

/** They are sent again, once the other identity is used. */
function refusals(dice: Dice, atMs: number): StoryEvent {
  return { ...toIt, atMs, skip: dice.between(0, 6), times: dice.between(1, 3), error: dice.pick([6, 19]) }
}

const others: readonly (CallPlan | undefined)[] = [
  undefined,
  { producerId: firstPair, producerEpoch: 3 },
  { producerId: firstPair + 1, producerEpoch: 0 },
  { idempotent: false },
  { acks: 1, idempotent: false }
]

/** Three rounds of calls under this identity, some under any. */
function nextUnder(dice: Dice, next: CallPlan | undefined): Sending[] {
  return [0, 1, 2].flatMap(round =>
    withOptions(streamTo(0, { firstCall: 100 + 20 * round, fromMs: 200 + 300 * round, everyMs: 10, calls: 6 }), () =>
      dice.chance(0.8) ? next : dice.pick(others)
    )
  )
}

const nextInLine: Scenario = {
  id: 'P3d',
  group: 'P',
  title: 'another identity, a new one or none, behind batches that were lost and given up',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(undefined, { abandonedRequests: 'all' }),
    producer: producer(dice, mode, { batchSize: 200, linger: 0, maxInflights: 5 }),
    shape: { latencyMs: dice.pick([1, 5, 10]) },
    healAtMs: 5_000,
    events: byTime([
      ...warmUp(),
      ...withOptions(
        streamTo(0, { firstCall, fromMs: 150, everyMs: dice.between(1, 15), calls: dice.between(3, 12) }),
        () => (dice.chance(0.6) ? { deliveryTimeout: dice.between(20, 300) } : undefined)
      ),
      ...nextUnder(dice, dice.pick(others)),
      ...losses(dice, 150),
      ...(dice.chance(0.6) ? [refusals(dice, 200)] : []),
      ...(dice.chance(0.4) ? [{ atMs: dice.between(160, 500), kind: 'init' } as const] : [])
    ])
  }),
  fired: run => attemptsWith(run, 'uncertain'),
  judge: patientAckedUnlessRefusedOrInDoubt
}

const behindAGap: Scenario = {
  id: 'P3e',
  group: 'P',
  title: 'another identity while a batch that was refused has left a gap, and the one behind it is in doubt',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const isInit = dice.chance(0.4)
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { batchSize: 200, linger: 0, maxInflights: 5 }),
      shape: { latencyMs: dice.pick([5, 10]) },
      healAtMs: 5_000,
      events: byTime([
        ...warmUp(),
        ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: 1, calls: 1 }),
        // It is over before it could be sent again.
        ...withOptions(streamTo(0, { firstCall: 11, fromMs: 152, everyMs: 1, calls: 1 }), () => ({
          deliveryTimeout: dice.between(25, 90)
        })),
        { ...toIt, atMs: 150, cut: 0, execute: dice.chance(0.5) },
        { ...toIt, atMs: 150, error: invalidRecord },
        ...(isInit ? [{ atMs: dice.between(153, 200), kind: 'init' } as const] : []),
        ...nextUnder(dice, isInit ? undefined : dice.pick(others)),
        refusals(dice, 200)
      ])
    }
  },
  fired: run => attemptsWith(run, 'uncertain'),
  judge: patientAckedUnlessRefusedOrInDoubt
}

const outOfOrder = 45
const fencedEpoch = 47

/** The first of the producer's own, which it may have left, and epochs that follow each other. */
const ofOneId: readonly (CallPlan | undefined)[] = [
  undefined,
  { producerId: 0, producerEpoch: 0 },
  ...[3, 4, 5].map(producerEpoch => ({ producerId: firstPair, producerEpoch }))
]

/** A few calls under one identity, whose epochs end now and then as if data were lost; then some in turns. */
function endingEpochs(dice: Dice, fromMs: number, first: number): StoryEvent[] {
  const same = dice.pick(ofOneId)
  const ends = [200, 400].filter(() => dice.chance(0.6))
  return [
    ...withOptions(streamTo(0, { firstCall: first, fromMs, everyMs: 10, calls: 60 }), () => same),
    ...ends.map((afterMs): StoryEvent => ({ ...toIt, atMs: fromMs + afterMs, error: outOfOrder })),
    ...withOptions(streamTo(0, { firstCall: first + 60, fromMs: fromMs + 800, everyMs: 20, calls: 10 }), () =>
      dice.pick(ofOneId)
    )
  ]
}

const usedBefore: Scenario = {
  id: 'P3f',
  group: 'P',
  title:
    'pairs that were written under before: given once more, left by the producer, or begun by it after a loss of data',
  modes: ['idempotent'],
  plan: (dice, mode) => ({
    cluster: cluster(),
    producer: producer(dice, mode, { batchSize: 200, linger: 0, maxInflights: 5 }),
    shape: { latencyMs: dice.pick([0, 1, 5]) },
    healAtMs: 4_000,
    events: byTime([
      ...warmUp(),
      ...endingEpochs(dice, 150, firstCall),
      ...endingEpochs(dice, 1_500, 100),
      ...Array.from({ length: dice.between(0, 2) }, (): StoryEvent => ({
        atMs: dice.pick([160, 900, 1_000, 1_510]),
        kind: 'init'
      }))
    ])
  }),
  fired: run => new Set(run.ledger.attempts.map(each => `${each.producerId}/${each.epoch}`)).size - 1,
  judge: (run, claims) => {
    allAcked(run, claims)
    const late = run.ledger.attempts.filter(each => each.errorCode === fencedEpoch).length
    claims.check('specific', late === 0, () => `${late} batches came under an epoch that was left`)
  }
}

export const turnScenarios: readonly Scenario[] = [manyPairs, nextInLine, behindAGap, usedBefore]
