// The end of a run in words, and whether it was as promised.
import type { ChaosArguments, Mode } from './arguments.ts'
import type { ChaosResult } from './chaos.ts'
import { compareThirds } from './vitals.ts'

export interface Claim {
  readonly what: string
  readonly holds: boolean
  readonly detail: string
}

/** Beyond this growth from the first to the last third a soak is not flat. */
const flatGrowth = 1.15

export function promises(result: ChaosResult, given: ChaosArguments): readonly Claim[] {
  const { mode, soak, outageSeconds } = given
  const { findings, counts } = result
  const none = (what: string, count: number): Claim => ({ what, holds: count === 0, detail: number(count) })
  const idempotent = mode === 'idempotent'
  return [
    { what: 'something was acknowledged', holds: counts.acked > 0, detail: number(counts.acked) },
    none('lost', findings.lost),
    ...(idempotent
      ? [none('duplicated', findings.duplicated), none('not acknowledged within minutes', result.disappointments)]
      : [none('repetitions that no attempt of unknown outcome explains', findings.unexplained)]),
    none('out of order', findings.outOfOrder),
    none('outcome untrue', findings.untrue),
    none('not where it was said to be', findings.misplaced),
    none('damaged, or in a wrong place', findings.strange),
    none('without outcome', findings.unsettled),
    none('settled twice', findings.settledTwice),
    none('acknowledged after a later one', findings.settledOutOfOrder),
    none('errors without outcome', result.untold),
    none('reports of lost data', result.dataLosses),
    {
      what: 'every partition hit',
      holds: findings.partitionsHit === findings.partitions,
      detail: `${findings.partitionsHit} of ${findings.partitions}`
    },
    {
      what: 'memory under bufferMemory',
      holds: result.fullest <= 1,
      detail: `at most ${(result.fullest * 100).toFixed(0)} %`
    },
    none('bytes held after close', result.heldAfterClose),
    none('sockets after close', result.socketsAfterClose),
    ...(outageSeconds > 0
      ? [{ what: 'send asked to wait', holds: result.refusals > 0, detail: number(result.refusals) }]
      : []),
    ...(soak ? flatness(result) : [])
  ]
}

function flatness({ samples }: ChaosResult): readonly Claim[] {
  return compareThirds(samples)
    .filter(({ what }) => what !== 'queuedBytes')
    .map(({ what, first, last }) => ({
      what: `${what} flat`,
      holds: last <= first * flatGrowth + 3,
      detail: `${number(first)} in the first third, ${number(last)} in the last`
    }))
}

export function report(result: ChaosResult, mode: Mode, held: readonly Claim[], say: (line: string) => void): void {
  const { tally, counts, findings, sendingMs, settlingMs } = result
  say('')
  say(`What was done: ${tally.of('kill')} kills, ${tally.of('pause')} pauses, ${tally.of('cut')} cuts`)
  for (const line of tally.lines) say(`  ${line}`)
  say('')
  say(`Retries: ${entries(result.retries)}`)
  say(`Failed records: ${entries(result.failures)}`)
  say(`send asked to wait ${number(result.refusals)} times`)
  say('')
  const perSecond = counts.acked / (sendingMs / 1_000)
  say(`Records in ${(sendingMs / 1_000).toFixed(0)} s, settled ${(settlingMs / 1_000).toFixed(1)} s later:`)
  say(`  accepted       ${number(counts.accepted)}`)
  say(`  acknowledged   ${number(counts.acked)} (${number(perSecond)} per second)`)
  say(`  not persisted  ${number(counts.notPersisted)}`)
  say(`  unknown        ${number(counts.unknown)}, of them in the log ${number(findings.unknownFound)}`)
  say(`  in the log     ${number(findings.recordsRead)}`)
  if (mode === 'plain') say(`  duplicated     ${number(findings.duplicated)}`)
  say('')
  say('Means of the first and the last third, and the most:')
  for (const { what, first, last, most } of compareThirds(result.samples)) {
    say(`  ${what.padEnd(14)} ${number(first).padStart(14)} ${number(last).padStart(14)} ${number(most).padStart(14)}`)
  }
  say('')
  for (const { what, holds, detail } of held) say(`  ${holds ? 'as promised' : 'BROKEN     '}  ${what}: ${detail}`)
  for (const story of findings.stories) say(`    ${story}`)
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

const entries = (map: ReadonlyMap<string, number>): string =>
  [...map]
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${number(count)}`)
    .join('; ') || 'none'
