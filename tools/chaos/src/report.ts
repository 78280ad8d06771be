// The end of a run in words.
import type { ChaosResult, WingResult } from './chaos.ts'
import { number, type Claim } from './claims.ts'
import { trendOf, type Vital } from './trend.ts'

type Say = (line: string) => void

export function report(result: ChaosResult, held: readonly (Claim & { readonly of: string })[], say: Say): void {
  const { tally, sendingMs, wings } = result
  say('')
  say(`In ${(sendingMs / 1_000).toFixed(0)} s: ${tally.of('kill')} kills, ${tally.of('pause')} pauses`)
  for (const line of tally.lines) say(`  ${line}`)
  for (const wing of wings) tellWing(wing, sendingMs, say)
  say('')
  for (const { of, what, holds, detail } of held) {
    say(`  ${holds ? 'as promised' : 'BROKEN     '}  ${of.padEnd(10)}  ${what}: ${detail}`)
  }
  for (const { mode, findings } of wings) for (const story of findings.stories) say(`    ${mode}: ${story}`)
  const broken = held.filter(({ holds }) => !holds).length
  say(broken === 0 ? `All ${held.length} as promised` : `${broken} of ${held.length} BROKEN`)
}

function tellWing({ mode, cuts, tally, told, findings }: WingResult, sendingMs: number, say: Say): void {
  const { counts, settlingMs } = told
  const perSecond = counts.acked / ((sendingMs + settlingMs) / 1_000)
  say('')
  say(`${mode}: ${cuts} connections cut`)
  for (const line of tally.lines) say(`  ${line}`)
  say(`  retries: ${entries(told.retries)}`)
  say(`  failed records: ${entries(told.failures)}`)
  say(`  send asked to wait ${number(told.refusals)} times`)
  say(`  all settled ${(settlingMs / 1_000).toFixed(1)} s after the last fault`)
  say(`  accepted       ${number(counts.accepted)}`)
  say(`  acknowledged   ${number(counts.acked)}, ${number(perSecond)} per second`)
  say(`  not persisted  ${number(counts.notPersisted)}`)
  say(`  unknown        ${number(counts.unknown)}, of them in the log ${number(findings.unknownFound)}`)
  say(`  in the log     ${number(findings.recordsRead)}`)
  say(
    `  lost ${number(findings.lost)}, duplicated ${number(findings.duplicated)}, out of order ${number(findings.outOfOrder)}, outcome untrue ${number(findings.untrue)}`
  )
  for (const loss of told.dataLosses) say(`  told of lost data: ${JSON.stringify(loss)}`)
  tellVitals(told, say)
  tellTimers(told, say)
}

const vitals: readonly Vital[] = [
  'heapBytes',
  'bufferBytes',
  'residentBytes',
  'queuedBytes',
  'sockets',
  'lowestSockets',
  'produceConnections',
  'controlConnections',
  'otherConnections',
  'timers',
  'pendingTimers',
  'lowestPendingTimers',
  'resources'
]

function tellVitals({ samples, bufferMemory }: WingResult['told'], say: Say): void {
  say(`  after garbage collection, every 5 s (bufferMemory of all producers: ${number(bufferMemory)}):`)
  say(
    `    ${''.padEnd(18)} ${['median', 'most', 'per minute'].map(title => title.padStart(14)).join(' ')}   low points`
  )
  for (const what of vitals) {
    const { median, most, perMinute, points } = trendOf(samples, what)
    const cells = [number(median), number(most), perMinute.toFixed(1)].map(cell => cell.padStart(14))
    say(`    ${what.padEnd(18)} ${cells.join(' ')}   ${points.map(number).join(' ')}`)
  }
}

function tellTimers({ samples }: WingResult['told'], say: Say): void {
  const files = [...new Set(samples.flatMap(({ timersOf }) => Object.keys(timersOf)))].toSorted()
  const most = files.map(file => `${file} ${Math.max(...samples.map(({ timersOf }) => timersOf[file] ?? 0))}`)
  say(`    pending timers at most, by the file that sets them: ${most.join(', ') || 'none'}`)
}

const entries = (list: readonly (readonly [string, number])[]): string =>
  list
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${number(count)}`)
    .join('; ') || 'none'
