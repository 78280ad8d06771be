// Whose timers may be pending: one that leaks is one more than its owners can have, however much there is to do.
import { roles } from './roles.ts'
import type { Vitals } from './vitals.ts'

type Sample = Pick<
  Vitals,
  'timersOf' | 'produceConnections' | 'controlConnections' | 'otherConnections' | 'openingConnections'
>

const producers = roles.length

/** By the file that sets them, how many there may be. Of all others, none. */
const limits: Readonly<Record<string, (sample: Sample, mostConnections: number) => number>> = {
  // Deadlines, and waits between attempts.
  alarm: () => producers,
  // Metadata: the next look, or a broker under question that may be silent.
  refresher: () => producers,
  round: () => producers,
  bootstrap: () => producers,
  // A question of a producer's: its deadline, and the wait before it is asked again.
  request: () => 2 * producers,
  'producer-identity': () => producers,
  // Idle connections.
  pool: () => roles.filter(({ pooled }) => !pooled).length + 1,
  // One for what is under way on a connection, and one for opening it.
  watchdog: ({ produceConnections, controlConnections, otherConnections, openingConnections }) =>
    produceConnections + controlConnections + otherConnections + openingConnections,
  // The wait before a connection is opened again.
  lane: (_, mostConnections) => mostConnections
}

/** @param mostConnections that the pools may have together */
export function timersWithoutOwner(sample: Sample, mostConnections: number): number {
  let count = 0
  for (const [file, pending] of Object.entries(sample.timersOf)) {
    count += Math.max(0, pending - (limits[file]?.(sample, mostConnections) ?? 0))
  }
  return count
}
