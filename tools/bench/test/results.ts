// Results of cells that were never measured.
import type { CellResult } from '../src/benchmark.ts'
import { chooseCells } from '../src/cells.ts'
import type { Outcome } from '../src/outcome.ts'

/** Two seconds of measuring. */
export function outcome(messages: number, cpuUs: number, p50Ms: number, p99Ms: number, peakKb = 102_400): Outcome {
  return {
    measured: { event: 'measured', messages, seconds: 2, cpuUs, peakKb, allocatedBytes: null },
    latency: { event: 'latency', calls: 10, messages, rate: 1, percentiles: { p50Ms, p99Ms, p999Ms: p99Ms } },
    finished: { event: 'finished', version: '1' },
    counted: { requests: 10, batches: 60, records: messages },
    brokerCores: null
  }
}

export const behind = (kept: Outcome): Outcome => ({
  ...kept,
  latency: { event: 'latency', calls: 1, messages: 1, rate: 1, percentiles: null }
})

export function result(
  name: string,
  outcomes: Record<string, readonly (Outcome | null)[]>,
  failures: CellResult['failures'] = []
): CellResult {
  const [cell] = chooseCells([name])
  if (cell === undefined) throw new Error(name)
  return {
    cell,
    outcomes: new Map(Object.entries(outcomes)),
    allocations: new Map([['ours', 50]]),
    latencyRate: null,
    failures
  }
}
