// Runs that never were.
import type { CellResult } from '../src/benchmark.ts'
import type { Run } from '../src/run-file.ts'

export function exampleRun(results: readonly CellResult[], more: Partial<Run> = {}): Run {
  const machine = {
    cpu: 'Some processor',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    system: 'Debian',
    clientsNode: 'v24.1.0',
    node: 'v20.1.0'
  }
  return { kind: 'null-broker', stage: 'the null broker', machine, results, absent: [], skipped: [], ...more }
}
