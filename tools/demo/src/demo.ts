// What `npm run demo` does with a cluster, wherever that comes from: send, read back, compare, and say so.
import { compare, type Finding } from './compare.ts'
import type { FlightRecord } from './flights.ts'
import type { Stage } from './stages.ts'
import { Reader } from './read-back.ts'
import type { Sender, Sent } from './send.ts'

export type Say = (line: string) => void

/** True when every record was acknowledged and everything read back is what was sent. */
export async function demo(stage: Stage, flights: readonly FlightRecord[], send: Sender, say: Say): Promise<boolean> {
  const reader = new Reader(stage.brokers, stage.topic)
  await reader.connect()
  try {
    const starts = await reader.ends()
    say(`Sending ${number(flights.length)} flights to the topic ${stage.topic}: keyed, idempotent, gzip.`)
    const { exitStatus, command, sent } = await send(flights, stage.brokers.join(','), stage.topic)
    say(`  $ ${command}`)
    if (sent !== null) sayRate(sent, say)
    if (exitStatus !== 0) say(`  sluice ended with status ${exitStatus}: not every record was acknowledged`)
    const ends = await reader.ends()
    say(`Reading everything back with kafkajs, which shares no code with Sluice.`)
    const read = await reader.read(starts, ends)
    const findings = [
      ...compare(flights, read, reader.partitioner(ends.size)),
      ...(await stage.alsoVerify(flights, say))
    ]
    return sayFindings(findings, say) && exitStatus === 0
  } finally {
    await reader.close()
  }
}

function sayRate({ elapsedMs, acknowledged, bytes, batchBytes, wireBytes }: Sent, say: Say): void {
  const perSecond = Math.round((acknowledged * 1_000) / Math.max(1, elapsedMs))
  say(
    `  ${number(acknowledged)} records acknowledged in ${(elapsedMs / 1_000).toFixed(1)} s: ${number(perSecond)} records/s`
  )
  const ratio = wireBytes === 0 ? '' : `, ${(batchBytes / wireBytes).toFixed(1)} times smaller`
  say(
    `  ${megabytes(bytes)} of keys and values; batches of ${megabytes(batchBytes)} went as ${megabytes(wireBytes)}${ratio}`
  )
}

function sayFindings(findings: readonly Finding[], say: Say): boolean {
  const width = Math.max(...findings.map(({ what }) => what.length))
  for (const { what, holds, detail } of findings)
    say(`  ${holds ? 'same' : 'DIFFERENT'}  ${what.padEnd(width)}  ${detail}`)
  return findings.every(({ holds }) => holds)
}

const number = (value: number): string => value.toLocaleString('en-US')
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
