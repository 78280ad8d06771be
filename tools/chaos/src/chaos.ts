// One run: the cast sends while nodes and connections fail; then everything is healed, settled and verified.
import { seededRandom } from '@sluice/testing'
import { Cast, inCallOrder } from './cast.ts'
import type { ChaosArguments } from './arguments.ts'
import { House } from './house.ts'
import { LaneMap } from './lanes.ts'
import { Ledger } from './ledger.ts'
import { disturbNetwork } from './network-faults.ts'
import { disturbNodes } from './node-faults.ts'
import { roles } from './cast.ts'
import { Tally } from './tally.ts'
import { verify, type Findings } from './verify.ts'
import { VitalSigns, type Vitals } from './vitals.ts'

export interface ChaosResult {
  readonly findings: Findings
  readonly tally: Tally
  readonly counts: Ledger['counts']
  /** How long records were offered. */
  readonly sendingMs: number
  /** From then until the last record had its outcome. */
  readonly settlingMs: number
  readonly samples: readonly Vitals[]
  /** Largest share of its `bufferMemory` that a producer used. */
  readonly fullest: number
  /** Batch memory that is held after the end. */
  readonly heldAfterClose: number
  readonly socketsAfterClose: number
  readonly refusals: number
  readonly untold: number
  readonly dataLosses: number
  readonly retries: ReadonlyMap<string, number>
  readonly failures: ReadonlyMap<string, number>
}

type Say = (line: string) => void

export async function chaos(given: ChaosArguments, say: Say): Promise<ChaosResult> {
  await using house = await House.build(say)
  const lanes = new LaneMap(house.topics, roles.length)
  const ledger = new Ledger(lanes.lanes)
  const run = (Date.now() & 0x7fffffff) >>> 0
  const { mode, rate, seed } = given
  const { bootstrapBrokers, mapAddress } = house
  const cast = new Cast({ run, mode, rate, seed, bootstrapBrokers, mapAddress, lanes, ledger, requestTimeout: 10_000 })
  const watched = cast.loads.map(({ producer }, index) => ({ producer, limitBytes: cast.limits[index]! }))
  const vitals = new VitalSigns(watched, given.soak)
  const tally = new Tally()
  const { sendingMs, settlingMs } = await mistreat(given, house, cast, ledger, tally, say)
  await cast.close()
  vitals.stop()
  for (const proxy of house.proxies) await proxy.stop()
  const heldAfterClose = cast.loads.reduce((sum, { producer }) => sum + producer.stats().queuedBytes, 0)
  const socketsAfterClose = process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
  say("Every record has its outcome. Reading everything back with Kafka's own consumer.")
  const { uncertain, retries, dataLosses } = cast
  const findings = await verify(house.kafka, { run, mode, lanes, books: ledger.close(), uncertain, inCallOrder })
  const { samples, fullest } = vitals
  const sum = (what: 'refusals' | 'untold'): number => cast.loads.reduce((total, load) => total + load[what], 0)
  return {
    findings,
    tally,
    counts: ledger.counts,
    sendingMs,
    settlingMs,
    samples,
    fullest,
    heldAfterClose,
    socketsAfterClose,
    refusals: sum('refusals'),
    untold: sum('untold'),
    dataLosses,
    retries,
    failures: merge(cast.loads.map(({ failures }) => failures))
  }
}

async function mistreat(
  { minutes, seed }: ChaosArguments,
  house: House,
  cast: Cast,
  ledger: Ledger,
  tally: Tally,
  say: Say
): Promise<{ sendingMs: number; settlingMs: number }> {
  const { kafka, topics, proxies } = house
  const startedMs = performance.now()
  const faults = new AbortController()
  const sending = new AbortController()
  const timed = (line: string): void =>
    say(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`)
  const news = setInterval(() => {
    const { accepted, acked, notPersisted, unknown } = ledger.counts
    timed(`${accepted} accepted, ${acked} acknowledged, ${notPersisted} not persisted, ${unknown} unknown`)
  }, 15_000)
  const stop = setTimeout(() => faults.abort(), minutes * 60_000)
  try {
    const playing = cast.play(sending.signal)
    const stage = { kafka, topics, random: seededRandom(seed), tally, signal: faults.signal, say: timed }
    const options = { everyMs: 4_000 }
    await Promise.all([
      disturbNodes(stage, 5_000),
      disturbNetwork(proxies, seededRandom(seed + 1), options, tally, faults.signal)
    ])
    sending.abort()
    const sentMs = performance.now()
    timed('No more faults, no more records. Waiting for outcomes.')
    await playing
    return { sendingMs: sentMs - startedMs, settlingMs: performance.now() - sentMs }
  } finally {
    clearInterval(news)
    clearTimeout(stop)
    faults.abort()
    sending.abort()
  }
}

function merge(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>()
  for (const map of maps) for (const [what, count] of map) all.set(what, (all.get(what) ?? 0) + count)
  return all
}
