// The line that moves on a terminal while records go out, and the summary when they are gone.
import type { Tally } from './tally.ts'

/** What one moment looks like, in at most `columns` characters. */
export function progressLine(tally: Tally, elapsedMs: number, share: number | null, columns: number): string {
  const parts = [
    share === null ? '' : bar(share),
    `${count(tally.acknowledged)} records`,
    size(tally.bytes),
    `${count(rate(tally.acknowledged, elapsedMs))}/s`,
    `${count(tally.inFlight)} in flight`,
    `${count(tally.failures)} errors`
  ]
  return parts
    .filter(part => part !== '')
    .join('  ')
    .slice(0, Math.max(0, columns - 1))
}

const barWidth = 20

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * barWidth)
  return `[${'='.repeat(full)}${' '.repeat(barWidth - full)}] ${Math.floor(Math.min(1, share) * 100)} %`
}

/** Who is told, and how the records were written. */
export interface SummaryFacts {
  readonly topic: string
  readonly elapsedMs: number
  readonly interrupted: boolean
  /** False with `--acks 0`: then nobody has confirmed anything. */
  readonly confirmed: boolean
  readonly rejects: string | null
}

export function summary(tally: Tally, facts: SummaryFacts): string {
  const done = facts.confirmed ? 'acknowledged' : 'handed to the network, none of them acknowledged (acks 0)'
  const lines = [
    `${facts.topic}: ${count(tally.acknowledged)} records (${size(tally.bytes)}) ${done} in ${seconds(facts.elapsedMs)}, ` +
      `${count(rate(tally.acknowledged, facts.elapsedMs))} records/s`
  ]
  if (tally.wireBytes > 0 && tally.wireBytes < tally.batchBytes) {
    lines.push(`compressed ${size(tally.batchBytes)} to ${size(tally.wireBytes)}, ${ratio(tally)} times smaller`)
  }
  if (tally.failures > 0) lines.push(failuresLine(tally, facts.rejects))
  if (facts.interrupted) lines.push(`interrupted after line ${count(tally.lines)}; what follows it was not read`)
  return lines.map(line => `${line}\n`).join('')
}

function failuresLine(tally: Tally, rejects: string | null): string {
  const { failed, malformed } = tally
  const kinds = [
    malformed > 0 ? `${count(malformed)} malformed` : '',
    failed['not-persisted'] > 0 ? `${count(failed['not-persisted'])} not persisted` : '',
    failed.unknown > 0 ? `${count(failed.unknown)} perhaps in the log (unknown)` : ''
  ].filter(kind => kind !== '')
  const where = rejects === null ? '--rejects FILE keeps them' : `they are in ${rejects}`
  return `${count(tally.failures)} NOT acknowledged: ${kinds.join(', ')}; ${where}`
}

/** The same as one JSON object, for programs. */
export function summaryJson(tally: Tally, facts: SummaryFacts): string {
  const { lines, blank, acknowledged, bytes, batchBytes, wireBytes, malformed } = tally
  return `${JSON.stringify({
    topic: facts.topic,
    elapsedMs: Math.round(facts.elapsedMs),
    interrupted: facts.interrupted,
    confirmed: facts.confirmed,
    lines,
    blank,
    acknowledged,
    bytes,
    batchBytes,
    wireBytes,
    malformed,
    notPersisted: tally.failed['not-persisted'],
    unknown: tally.failed.unknown
  })}\n`
}

function rate(records: number, elapsedMs: number): number {
  return elapsedMs <= 0 ? 0 : Math.round((records * 1_000) / elapsedMs)
}

function ratio(tally: Tally): string {
  return (tally.batchBytes / tally.wireBytes).toFixed(1)
}

/** With a comma between thousands, whatever the machine's language. */
function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`
}

function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1_000).toFixed(1)} s`
}
