// Every promise that a world's queue broke: what is in the logs in the end, held against what was told.
import type { Accepted, Told } from './ledger.ts'
import type { Entry } from './replica.ts'
import type { World } from './world.ts'

/** Where the copies of a record are: in the log, and in those of topics that are deleted. */
interface Copies {
  readonly here: readonly number[]
  readonly deleted: readonly number[]
}

export function brokenPromises(world: World): string[] {
  const { ledger } = world.client
  const { log, deleted } = world.cluster
  const broken = [...new Set(ledger.broken)]
  const here = placesIn(log)
  const there = deleted.map(placesIn)
  ledger.accepted.forEach((accepted, record) => {
    const told = ledger.told.get(record)
    const copies = { here: here.get(record) ?? [], deleted: there.flatMap(places => places.get(record) ?? []) }
    if (told === undefined) broken.push(`${record} was never settled`)
    else broken.push(...untruths(record, told, copies, ledger.thrownAway), ...excess(record, accepted, copies))
    if (ledger.fresh.has(record) && told?.what !== 'acked')
      broken.push(`${record} failed, though all was well: ${told?.why}`)
  })
  for (const each of [log, ...deleted]) broken.push(...disorder(each, world))
  return [...broken, ...falseAlarms(world)]
}

function untruths(
  record: number,
  { what, offset }: Told,
  { here, deleted }: Copies,
  thrownAway: ReadonlySet<number>
): string[] {
  const places = [...here, ...deleted]
  if (what === 'not-persisted') return places.length > 0 ? [`${record} is in the log, and was said not to be`] : []
  if (what === 'unknown' || thrownAway.has(record)) return []
  if (places.length === 0) return [`${record} is lost, acknowledged at ${offset}`]
  return offset < 0 || places.includes(offset) ? [] : [`${record} is not at ${offset}, but at ${places.join(', ')}`]
}

function excess(record: number, { isPlain }: Accepted, { here, deleted }: Copies): string[] {
  const count = here.length + deleted.length
  return isPlain || count < 2 ? [] : [`${record} is there ${count} times`]
}

/** The order is that of the first copies; a plain record that failed may turn up behind later ones. */
function disorder(log: readonly Entry[], { client: { ledger } }: World): string[] {
  const broken: string[] = []
  const seen = new Set<number>()
  let last = -1
  for (const record of log.flatMap(({ records }) => records)) {
    if (seen.has(record) || (ledger.accepted[record]!.isPlain && ledger.told.get(record)?.what !== 'acked')) continue
    seen.add(record)
    if (record < last) broken.push(`${record} is behind ${last}`)
    last = Math.max(last, record)
  }
  return broken
}

/**
 * Losses that were told, and are none.
 *
 * Story: 1, 2 and 3 are lost and written; the time of 3 is over; the broker restarts, and remembers nothing but 3. It refuses 1
 * and 2, and nobody asks about 3 any more: that looks like a loss. So do brokers that refuse whom they do not know as out of
 * order.
 */
function falseAlarms({ faults, cluster, client: { ledger } }: World): string[] {
  if (faults.stranger === 'out of order' || faults.unclean > 0 || ledger.losses === 0) return []
  const isExplained = cluster.log.some(({ records }) =>
    records.some(record => ledger.told.get(record)?.what === 'unknown')
  )
  return isExplained ? [] : [`${ledger.losses} losses were told, and nothing is lost`]
}

/** Records that failed though nothing was wrong with them and there was time. */
export function impatience({ client: { ledger } }: World): string[] {
  const early: string[] = []
  for (const [record, { what, why, atMs }] of ledger.told) {
    const { isInvalid, deadlineMs } = ledger.accepted[record]!
    if (what === 'acked' || isInvalid || ledger.aborted.has(record) || atMs >= deadlineMs) continue
    early.push(`${record} failed at ${atMs} of ${deadlineMs} ms: ${why}`)
  }
  return early
}

function placesIn(log: readonly Entry[]): Map<number, number[]> {
  const places = new Map<number, number[]>()
  for (const { records, offset } of log) {
    records.forEach((record, place) => {
      const known = places.get(record)
      if (known === undefined) places.set(record, [offset + place])
      else known.push(offset + place)
    })
  }
  return places
}
