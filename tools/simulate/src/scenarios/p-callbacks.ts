// Group P, P8: what a program does from inside of what the producer calls.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { CallEvent, StoryEvent } from '../story.ts'
import { invalidRecord } from './claims.ts'
import { byTime, cluster, producer, resend, shape, traffic, warmUp, withCallbacks, type Sending } from './traffic.ts'

const firstCall = 10

/** Another call, near enough to be in the same batch. */
function neighbour(dice: Dice, call: number): CallEvent {
  return { kind: 'abort', call: call + dice.pick([-2, -1, 1, 1, 2, 3]) }
}

function deedsIn(dice: Dice, sent: Sending): readonly CallEvent[] | undefined {
  if (dice.chance(0.4)) return undefined
  const deed = dice.pick<CallEvent>([
    neighbour(dice, sent.call),
    neighbour(dice, sent.call),
    neighbour(dice, sent.call),
    { kind: 'flush' },
    { kind: 'reset', topic: 'orders' },
    resend(sent)
  ])
  return dice.chance(0.3) ? [deed, neighbour(dice, sent.call)] : [deed]
}

function trouble(dice: Dice): StoryEvent {
  const scope = {
    atMs: 100,
    kind: 'rule',
    api: 'Produce',
    skip: dice.between(0, 3),
    times: dice.between(1, 3)
  } as const
  return dice.pick<StoryEvent>([
    { ...scope, error: dice.pick([6, 19, invalidRecord]) },
    { ...scope, error: dice.pick([7, 20, -1]), execute: dice.chance(0.5) },
    { ...scope, cut: 0, execute: dice.chance(0.5) }
  ])
}

const inside: Scenario = {
  id: 'P8',
  group: 'P',
  title: 'callbacks, or an observer, that abort calls of the same batch, reset, flush and send again',
  plan: (dice, mode) => {
    const calls = traffic(dice, {
      calls: dice.between(20, 60),
      fromMs: 100,
      overMs: dice.pick([0, 20, 300]),
      firstCall,
      mostMessages: dice.pick([1, 1, 4]),
      topics: { orders: dice.pick([1, 3]) },
      keyed: 0
    })
    const isObserver = dice.chance(0.3)
    const inOutcomes = Array.from({ length: 30 }, () => neighbour(dice, dice.pick(calls).call))
    return {
      cluster: cluster(),
      producer: producer(dice, mode, {
        linger: dice.pick([0, 5, 20]),
        ...(dice.chance(0.3) ? { retryUncertain: false } : {})
      }),
      ...(isObserver ? { application: { inOutcomes } } : {}),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp(),
        ...(isObserver ? calls : withCallbacks(calls, sent => deedsIn(dice, sent))),
        ...(dice.chance(0.7) ? [trouble(dice)] : [])
      ])
    }
  },
  fired: run => run.calls.filter(call => call.aborted).length,
  judge: (run, claims) => {
    abortedAreToldSo(run, claims)
    othersGoOn(run, claims)
  }
}

/** Unless the outcome was there before. */
function abortedAreToldSo(run: RunRecord, claims: Claims): void {
  for (const { call, aborted, error } of run.calls) {
    if (!aborted || error === null || error.code === 'KAFKA_PRODUCE_FAILED') continue
    claims.check(
      'specific',
      error.code === 'KAFKA_ABORTED',
      () => `Call ${call} was aborted and is told: ${error.message}`
    )
  }
}

/** Calls that nobody aborted are acknowledged, unless a broker refused them or left them in doubt. */
function othersGoOn(run: RunRecord, claims: Claims): void {
  const refused = run.ledger.attempts.filter(each => each.errorCode === invalidRecord)
  const lost = run.ledger.attempts.filter(each => each.fate === 'uncertain')
  const invalid = new Set(refused.flatMap(each => each.records))
  const doubtful = new Set(lost.flatMap(each => each.records))
  for (const { number, call, fate, error } of run.records) {
    if (call.aborted) continue
    const holds =
      fate === 'acked' ||
      (fate === 'not-persisted' && invalid.has(number)) ||
      (fate === 'unknown' && doubtful.has(number) && !call.idempotent)
    claims.check('specific', holds, () => `Record ${number} of call ${call.call} is called ${fate}: ${error?.message}`)
  }
}

export const callbackScenarios: readonly Scenario[] = [inside]
