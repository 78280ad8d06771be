// Group C, F41 to F42: a broker that says of a sequence that it is out of order, or known.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord, SentRecord } from '../run-record.ts'
import type { Mode, PlanBody, Scenario } from '../scenario.ts'
import type { StoryEvent } from '../story.ts'
import type { Attempt } from '../wire/attempt.ts'
import { allAcked, attemptsWith, invalidRecord, isolated, patientAckedUnlessRefusedOrInDoubt } from './claims.ts'
import { byTime, cluster, producer, shape, streamTo, traffic, warmUp, withOptions } from './traffic.ts'

const outOfOrder = 45

const refusedSequences: Scenario = {
  id: 'F41',
  group: 'C',
  title: 'out of order: not the first in line, the first after doubt, the first without doubt, sequence 0',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const isAtStart = dice.chance(0.25)
    const rules: StoryEvent[] = [
      {
        atMs: isAtStart ? 0 : 150,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition: 0,
        skip: dice.between(0, 4),
        times: dice.between(1, 3),
        error: outOfOrder
      }
    ]
    // In doubt: an attempt is lost with its connection before it is refused.
    if (dice.chance(0.5))
      rules.push({
        atMs: 149,
        kind: 'rule',
        api: 'Produce',
        topic: 'orders',
        partition: 0,
        skip: dice.between(0, 3),
        cut: 0,
        execute: dice.chance(0.5)
      })
    return {
      cluster: cluster({ orders: 3, others: 3 }),
      producer: producer(dice, mode, { batchSize: 200, linger: 0, maxInflights: 5 }),
      shape: { latencyMs: dice.pick([1, 5, 10]) },
      healAtMs: 8_000,
      events: byTime([
        ...(isAtStart ? [] : warmUp({ orders: 3, others: 3 })),
        ...rules,
        ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: dice.between(2, 15), calls: dice.between(10, 40) }),
        ...traffic(dice, { calls: 15, fromMs: 150, overMs: 400, firstCall: 200, keyed: 0, topics: { others: 3 } }),
        ...streamTo(0, { firstCall: 300, fromMs: 6_000, everyMs: 10, calls: 5 })
      ])
    }
  },
  fired: run => attemptsWith(run, 'out-of-order'),
  judge: (run, claims) => {
    const leaving = attemptsThatEndEpochs(run)
    ackedUnlessInDoubtThen(run, leaving, claims)
    lossesTold(run, leaving, claims)
    const others = run.ledger.attempts.filter(attempt => attempt.topic === 'others')
    for (const { epoch, log } of others)
      claims.check('I15', epoch === 0, () => `${log} is written under epoch ${epoch}`)
    const rule = run.plan.events.find(event => event.kind === 'rule' && event.error === outOfOrder)
    // A lost connection delays all that was on it.
    const isCut = run.plan.events.some(event => event.kind === 'rule' && event.cut !== undefined)
    if (rule?.atMs !== 0 && !isCut) isolated(run, claims, record => record.topic === 'others')
  }
}

/**
 * Story: the broker refuses the first batch in line right behind its own acknowledgement, so it has lost data, or its memory of us.
 * The rest goes on in another epoch (semantics 2.2.4). But the batch behind had left, too, and is lost with its connection: what
 * the broker remembers of it nobody believes any more, and under another epoch it could be a second copy. So it stays unknown.
 *
 * These are such refusals: all ahead of them in their epoch is acknowledged, nothing behind.
 */
function attemptsThatEndEpochs({ ledger }: RunRecord): Attempt[] {
  return ledger.attempts.filter(attempt => {
    if (attempt.fate !== 'out-of-order') return false
    const acked = ledger.attempts.filter(each => each.fate === 'acked' && isOfEpoch(each, attempt))
    return attempt.sequence === Math.max(0, ...acked.map(each => each.sequence + each.count))
  })
}

function isOfEpoch(one: Attempt, other: Attempt): boolean {
  return one.log === other.log && one.producerId === other.producerId && one.epoch === other.epoch
}

/** Every record is acknowledged, but for those in doubt when their epoch ended: they are unknown, and told so at that moment. */
function ackedUnlessInDoubtThen(run: RunRecord, leaving: readonly Attempt[], claims: Claims): void {
  for (const record of run.records) {
    claims.check(
      'specific',
      record.fate === 'acked' || (record.fate === 'unknown' && wasInDoubt(run, record, leaving)),
      () => `Record ${record.number} of call ${record.call.call} is called ${record.fate}: ${record.error?.message}`
    )
  }
}

function wasInDoubt({ ledger, dataLosses }: RunRecord, record: SentRecord, leaving: readonly Attempt[]): boolean {
  const { settledMs } = record.call
  const tries = ledger.attempts.filter(each => each.records.includes(record.number) && each.fateMs <= settledMs)
  const isDoubtful = tries.some(each => each.fate === 'uncertain')
  const end = leaving.find(each => tries.some(attempt => isOfEpoch(attempt, each)) && each.fateMs <= settledMs)
  // A refused sequence 0 is no loss: nothing of the epoch was acknowledged.
  return isDoubtful && end !== undefined && (end.sequence === 0 || dataLosses.some(each => each.atMs === settledMs))
}

/** Each loss that is told is a refusal behind an acknowledgement. */
function lossesTold(run: RunRecord, leaving: readonly Attempt[], claims: Claims): void {
  const refused = leaving.filter(attempt => attempt.sequence > 0)
  for (const { topic, partition, atMs } of run.dataLosses) {
    claims.check(
      'specific',
      refused.some(each => each.topic === topic && each.partition === partition && each.fateMs <= atMs),
      () => `Loss is told of ${topic}-${partition} at ${atMs} ms, and nothing behind an acknowledgement was refused`
    )
  }
}

const toIt = { atMs: 150, kind: 'rule', api: 'Produce', topic: 'orders', partition: 0 } as const

/** Batches that are in flight together, each of one call. The latest rule is asked first: what it takes the ones before do not see. */
function inFlightTogether(dice: Dice, mode: Mode, events: readonly StoryEvent[]): PlanBody {
  return {
    cluster: cluster(undefined, { abandonedRequests: 'all' }),
    producer: producer(dice, mode, { batchSize: 200, linger: 0, maxInflights: 5 }),
    shape: { latencyMs: dice.pick([5, 10]) },
    healAtMs: 5_000,
    events: byTime([...warmUp(), ...events])
  }
}

const inDoubtBehindAGap: Scenario = {
  id: 'F41b',
  group: 'C',
  title: 'one batch is refused for good, so the next is out of order, and one behind it is lost',
  modes: ['idempotent'],
  plan: (dice, mode) =>
    inFlightTogether(dice, mode, [
      { ...toIt, skip: dice.between(1, 2), cut: 0, execute: dice.chance(0.5) },
      { ...toIt, error: invalidRecord },
      ...withOptions(streamTo(0, { firstCall: 10, fromMs: 150, everyMs: 2, calls: dice.between(3, 8) }), () =>
        dice.chance(0.2) ? { deliveryTimeout: dice.between(50, 2_500) } : undefined
      )
    ]),
  fired: run => attemptsWith(run, 'uncertain'),
  judge: patientAckedUnlessRefusedOrInDoubt
}

const tooFewReplicas = 19
const timedOut = 7

const aheadOfAGap: Scenario = {
  id: 'F41c',
  group: 'C',
  title: 'ahead of a batch that is refused for good one is refused for a moment, and one behind it is in doubt',
  modes: ['idempotent'],
  plan: (dice, mode) =>
    inFlightTogether(dice, mode, [
      // In this order from the last: the first batch, then the second, then the third or the fourth.
      { ...toIt, skip: dice.between(0, 1), error: timedOut, execute: dice.chance(0.3) },
      { ...toIt, error: invalidRecord },
      { ...toIt, error: tooFewReplicas },
      ...streamTo(0, { firstCall: 10, fromMs: 150, everyMs: 2, calls: dice.between(4, 8) })
    ]),
  fired: run => attemptsWith(run, 'uncertain'),
  judge: (run, claims) => {
    patientAckedUnlessRefusedOrInDoubt(run, claims)
    for (const { call, startedMs, settledMs } of run.calls) {
      if (call !== 10) continue
      const tookMs = settledMs - startedMs
      claims.check('specific', tookMs < 1_000, () => `The batch ahead of the gap took ${tookMs} ms`)
    }
  }
}

const duplicates: Scenario = {
  id: 'F42',
  group: 'C',
  title: 'the broker says that it has the batch already, without saying where',
  modes: ['idempotent'],
  plan: (dice, mode) => {
    const isCode = dice.chance(0.5)
    const lost: StoryEvent = { atMs: 150, kind: 'rule', api: 'Produce', skip: dice.between(0, 3), cut: 0 }
    const places: StoryEvent = isCode
      ? {
          atMs: 150,
          kind: 'rule',
          api: 'Produce',
          skip: dice.between(0, 3),
          times: dice.between(1, 4),
          execute: true,
          error: 46
        }
      : { atMs: 150, kind: 'rule', api: 'Produce', times: 0, mutation: { kind: 'no-offset' } }
    return {
      cluster: cluster(),
      producer: producer(dice, mode),
      shape: shape(dice),
      healAtMs: 2_000,
      events: byTime([
        ...warmUp(),
        places,
        ...(isCode ? [] : [lost]),
        ...traffic(dice, { calls: dice.between(10, 40), fromMs: 150, overMs: 400, firstCall: 10 })
      ])
    }
  },
  fired: run => run.records.filter(record => record.fate === 'acked' && record.offset === -1).length,
  judge: (run, claims) => {
    allAcked(run, claims)
    const unplaced = new Set(
      run.ledger.attempts
        .filter(each => each.fate === 'acked' && (each.errorCode === 46 || each.baseOffset < 0))
        .flatMap(each => each.records)
    )
    for (const record of run.records) {
      if (unplaced.has(record.number))
        claims.check(
          'specific',
          record.offset === -1,
          () => `Record ${record.number} is said to be at ${record.offset}`
        )
    }
  }
}

export const refusalScenarios: readonly Scenario[] = [refusedSequences, inDoubtBehindAGap, aheadOfAGap, duplicates]
