// What came of a client in one round: its turns added up.
import type { Finished, Latency, Measured } from './client-contract.ts'
import type { Counts } from './null-broker.ts'

export interface Outcome {
  readonly measured: Measured
  readonly latency: Latency | null
  readonly finished: Finished
  /** What reached the broker while measuring; null when nobody counts. */
  readonly counted: Counts | null
  /** Of the processor's cores, as many as the broker used while measuring; null where the system does not tell. */
  readonly brokerCores: number | null
}

/** @throws Error for no turns */
export function sumOfTurns(turns: readonly Measured[]): Measured {
  const last = turns.at(-1)
  if (last === undefined) throw new Error('Nothing was measured')
  const sum = (of: (turn: Measured) => number): number => turns.reduce((total, turn) => total + of(turn), 0)
  return {
    event: 'measured',
    messages: sum(({ messages }) => messages),
    seconds: sum(({ seconds }) => seconds),
    cpuUs: sum(({ cpuUs }) => cpuUs),
    peakKb: last.peakKb,
    allocatedBytes: sumOrNull(turns.map(({ allocatedBytes }) => allocatedBytes))
  }
}

/** Null where one is not known. */
export function sumOrNull(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce<number | null>((sum, number) => (sum === null || number === null ? null : sum + number), 0)
}

export function sumOfCounts(turns: readonly (Counts | null)[]): Counts | null {
  const sum = { requests: 0, batches: 0, records: 0 }
  for (const counts of turns) {
    if (counts === null) return null
    sum.requests += counts.requests
    sum.batches += counts.batches
    sum.records += counts.records
  }
  return sum
}

/** From one moment to a later one; null when nobody counts. */
export function countsBetween(from: Counts | null, to: Counts | null): Counts | null {
  if (from === null || to === null) return null
  const { requests, batches, records } = from
  return { requests: to.requests - requests, batches: to.batches - batches, records: to.records - records }
}
