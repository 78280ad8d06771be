// The processor's time that other processes have had.
import { readFileSync } from 'node:fs'

/** What Linux tells times in, on every machine on which Node runs. */
const ticksPerSecond = 100

/** User and system time since they were started, in seconds, to a hundredth; null where the system does not tell, or one is gone. */
export function cpuSecondsOf(pids: readonly number[]): number | null {
  try {
    return pids.reduce((sum, pid) => sum + ticksOf(readFileSync(`/proc/${pid}/stat`, 'utf8')), 0) / ticksPerSecond
  } catch {
    return null
  }
}

/** proc(5): after the name in parentheses comes field 3; user time is 14, system time 15. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
