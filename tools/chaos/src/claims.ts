// What a run must show, each with its figure: that it was hard enough, and that every promise was kept.
import type { ChaosArguments } from './arguments.ts'
import type { ChaosResult, WingResult } from './chaos.ts'
import { timersWithoutOwner } from './timers.ts'
import { trendOf, type Point, type Vital } from './trend.ts'

export interface Claim {
  readonly what: string
  readonly holds: boolean
  readonly detail: string
}

/** Half an hour has at least 20 kills, 20 pauses and 100 cuts; a shorter run has its share. */
const hourly = { kills: 40, pauses: 40, cuts: 200 }
/** From so many minutes on, a run says something about growth, and every partition has had several leaders. */
const longMinutes = 10
/** Records are appended before their size is known, so one batch may be begun that memory has no room for. */
const oneBatchBytes = 262_144
/** Of what was lost to a machine that is busy with other things. */
const slackMs = 1_000
/** Calls of one turn of the event loop share its time. */
const turnMs = 50
/** After the last fault: a request that was swallowed is given up after 10 s, and then sent again. */
const settledWithinMs = 30_000

export function claims(result: ChaosResult, given: ChaosArguments): readonly (Claim & { readonly of: string })[] {
  const about = (of: string, list: readonly Claim[]): (Claim & { of: string })[] => list.map(each => ({ ...each, of }))
  return [
    ...about('cluster', mistreated(result, given)),
    ...result.wings.flatMap(wing => about(wing.mode, wingClaims(wing, result, given)))
  ]
}

/** A run that did nothing shows nothing. */
function mistreated({ tally }: ChaosResult, { minutes, outageSeconds }: ChaosArguments): readonly Claim[] {
  if (outageSeconds > 0) return [atLeast('kills', tally.of('kill'), 3)]
  const share = minutes / 60
  return [
    atLeast('kills', tally.of('kill'), Math.ceil(hourly.kills * share)),
    atLeast('pauses', tally.of('pause'), Math.ceil(hourly.pauses * share))
  ]
}

function wingClaims(wing: WingResult, result: ChaosResult, given: ChaosArguments): readonly Claim[] {
  return [
    ...hardEnough(wing, result, given),
    ...delivered(wing, given),
    ...truthful(wing),
    ...bounded(wing, given),
    ...leftBehind(wing),
    ...(given.minutes >= longMinutes && given.outageSeconds === 0 ? flat(wing) : [])
  ]
}

function hardEnough(
  { cuts, told, findings }: WingResult,
  { sendingMs }: ChaosResult,
  { minutes, rate, outageSeconds }: ChaosArguments
): readonly Claim[] {
  const { partitionsHit, partitions, fewestLeaders } = findings
  const hit: Claim = {
    what: 'every partition hit by every producer',
    holds: partitions > 0 && partitionsHit === partitions,
    detail: `${partitionsHit} of ${partitions}`
  }
  if (outageSeconds > 0) return [hit, atLeast('acknowledged', told.counts.acked, 1)]
  const perSecond = told.counts.acked / ((sendingMs + told.settlingMs) / 1_000)
  const leaders = atLeast('leaders that each partition had', fewestLeaders, 3)
  return [
    hit,
    atLeast('connections cut', cuts, Math.ceil((hourly.cuts * minutes) / 60)),
    atLeast('acknowledged per second', perSecond, rate / 2),
    ...(minutes >= longMinutes ? [leaders] : [])
  ]
}

function delivered({ mode, told, findings }: WingResult, { deliveryTimeout }: ChaosArguments): readonly Claim[] {
  const { notPersisted, unknown } = told.disappointed
  const repetitions =
    mode === 'idempotent'
      ? none('duplicated', findings.duplicated)
      : none('duplicates that no repeated attempt explains', findings.unexplained)
  return [
    none('lost', findings.lost),
    repetitions,
    none('out of order', findings.outOfOrder),
    // With little time, some may fail. Without sequences, two answers leave it open whether it is there, and end there.
    ...(deliveryTimeout === null ? [none('given up although there was time', notPersisted)] : []),
    ...(deliveryTimeout === null && mode === 'idempotent'
      ? [none('left unknown although there was time', unknown)]
      : [])
  ]
}

function truthful({ told, findings }: WingResult): readonly Claim[] {
  return [
    none('outcome untrue', findings.untrue),
    none('not where it was said to be', findings.misplaced),
    none('damaged, or in a wrong place', findings.strange),
    none('offsets that hold nothing', findings.gaps),
    none('in the log and not read', findings.unread),
    none('without outcome', findings.unsettled),
    none('settled twice', findings.settledTwice),
    none('acknowledged after a later one', findings.settledOutOfOrder),
    none('errors without outcome', told.untold),
    none('reports of lost data', told.dataLosses.length)
  ]
}

function bounded({ told }: WingResult, { outageSeconds }: ChaosArguments): readonly Claim[] {
  const memory: Claim = {
    what: 'memory within bufferMemory and one batch',
    holds: told.overBytes <= oneBatchBytes,
    detail: `at most ${(told.fullest * 100).toFixed(1)} %, ${number(Math.max(0, told.overBytes))} bytes above`
  }
  return [
    memory,
    atMost('ms after its deadline that a call was settled', told.latestMs, slackMs + told.longestBlockMs),
    atMost('ms too early that a record was out of time', told.earliestMs, turnMs + told.longestBlockMs),
    atMost('ms after the last fault until all was settled', told.settlingMs, settledWithinMs),
    ...(outageSeconds > 0 ? [atLeast('times that send asked to wait', told.refusals, 1)] : [])
  ]
}

function leftBehind({ told, end }: WingResult): readonly Claim[] {
  return [
    none('bytes held after close', told.heldAfterClose),
    { what: 'left after close', holds: told.resources.length === 0, detail: told.resources.join(', ') || 'nothing' },
    {
      what: 'the process ended by itself',
      holds: end.code === 0,
      detail: `status ${end.code}, ${end.lingeredMs.toFixed(0)} ms after its last word`
    }
  ]
}

/** Growth over the run that is nothing: of the median, and in any case. The lowest of what is counted all the time is exact. */
const flatness: readonly (readonly [Vital, number, number, Point?])[] = [
  ['heapBytes', 0.1, 1_048_576],
  ['bufferBytes', 0.1, 1_048_576],
  ['residentBytes', 0.1, 1_048_576],
  ['sockets', 0, 2],
  ['lowestSockets', 0, 2],
  ['timers', 0, 3],
  ['pendingTimers', 0, 3],
  ['lowestPendingTimers', 0, 3],
  ['pendingTimers', 0, 3, 'middle'],
  ['resources', 0, 5]
]

/** Nothing grows over the run; each socket and each timer has an owner, and never are there more sockets than the pools may hold. */
function flat({ told }: WingResult): readonly Claim[] {
  const most = Math.max(0, ...told.samples.map(({ sockets }) => sockets))
  const strays = told.samples.map(each => {
    const { sockets, produceConnections, controlConnections, otherConnections } = each
    return sockets - produceConnections - controlConnections - otherConnections
  })
  const ownerless = told.samples.map(each => timersWithoutOwner(each, told.mostConnections))
  const trends = flatness.map(([what, share, least, point]) => {
    const { median, perMinute, growth } = trendOf(told.samples, what, point)
    const allowed = Math.max(median * share, least)
    return {
      what: point === 'middle' ? `${what} flat, by middles` : `${what} flat`,
      holds: told.samples.length > 0 && growth <= allowed,
      detail: `median ${number(median)}, ${signed(perMinute)} per minute, ${signed(growth)} over the run, allowed ${number(allowed)}`
    }
  })
  return [
    ...trends,
    atMost('sockets', most, told.mostConnections),
    none('sockets without a connection', Math.max(0, ...strays)),
    none('timers without an owner', Math.max(0, ...ownerless))
  ]
}

const none = (what: string, count: number): Claim => ({ what, holds: count === 0, detail: number(count) })

const atLeast = (what: string, count: number, least: number): Claim => ({
  what,
  holds: count >= least,
  detail: `${number(count)}, at least ${number(least)}`
})

const atMost = (what: string, count: number, most: number): Claim => ({
  what,
  holds: count <= most,
  detail: `${number(count)}, at most ${number(most)}`
})

export const number = (value: number): string => Math.round(value).toLocaleString('en-US')

const signed = (value: number): string =>
  `${value < 0 ? '' : '+'}${Math.abs(value) < 10 ? value.toFixed(2) : number(value)}`
