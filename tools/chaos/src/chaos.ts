// One run: the cast sends while nodes and connections fail; then everything is healed, settled and verified.
import { setTimeout as sleep } from 'node:timers/promises'
import { Cast, inCallOrder, roles } from './cast.ts'
import type { ChaosArguments } from './arguments.ts'
import { House } from './house.ts'
import { LaneMap } from './lanes.ts'
import { Ledger } from './ledger.ts'
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
  /** Records of callers with long deadlines that were not acknowledged. */
  readonly disappointments: number
  readonly dataLosses: number
  readonly retries: ReadonlyMap<string, number>
  readonly failures: ReadonlyMap<string, number>
}

/** Short, so that a black hole is noticed within the run. */
const requestTimeout = 10_000

type Say = (line: string) => void

/** What happens to the cluster while records are offered. Leaves it healthy. */
export type Mistreatment = (house: House, tally: Tally, say: Say) => Promise<void>

export async function chaos(given: ChaosArguments, mistreat: Mistreatment, say: Say): Promise<ChaosResult> {
  await using house = await House.build(say)
  const lanes = new LaneMap(house.topics, roles.length)
  const ledger = new Ledger(lanes.lanes)
  const run = (Date.now() & 0x7fffffff) >>> 0
  const { mode, rate, seed } = given
  const { bootstrapBrokers, mapAddress } = house
  const deliveryTimeout = 180_000 + given.outageSeconds * 1_000
  const setting = {
    run,
    mode,
    rate,
    seed,
    bootstrapBrokers,
    mapAddress,
    lanes,
    ledger,
    requestTimeout,
    deliveryTimeout
  }
  const cast = new Cast(setting)
  const watched = cast.loads.map(({ producer }, index) => ({ producer, limitBytes: cast.limits[index]! }))
  const vitals = new VitalSigns(watched, given.soak)
  const tally = new Tally()
  const { sendingMs, settlingMs } = await playWhile(cast, ledger, say, timed => mistreat(house, tally, timed))
  await cast.close()
  vitals.stop()
  for (const proxy of house.proxies) await proxy.stop()
  const heldAfterClose = cast.loads.reduce((sum, { producer }) => sum + producer.stats().queuedBytes, 0)
  const socketsAfterClose = await socketsLeft()
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
    disappointments: cast.disappointments,
    dataLosses,
    retries,
    failures: merge(cast.loads.map(({ failures }) => failures))
  }
}

/** A socket that was closed is still counted for some turns. */
async function socketsLeft(): Promise<number> {
  const count = (): number => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
  for (let looks = 0; looks < 20 && count() > 0; looks++) await sleep(100)
  return count()
}

async function playWhile(
  cast: Cast,
  ledger: Ledger,
  say: Say,
  mistreat: (timed: Say) => Promise<void>
): Promise<{ sendingMs: number; settlingMs: number }> {
  const startedMs = performance.now()
  const sending = new AbortController()
  const timed = (line: string): void =>
    say(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`)
  const news = setInterval(() => {
    const { accepted, acked, notPersisted, unknown } = ledger.counts
    timed(`${accepted} accepted, ${acked} acknowledged, ${notPersisted} not persisted, ${unknown} unknown`)
  }, 15_000)
  try {
    const playing = cast.play(sending.signal)
    await mistreat(timed)
    sending.abort()
    const sentMs = performance.now()
    timed('No more faults, no more records. Waiting for outcomes.')
    await playing
    return { sendingMs: sentMs - startedMs, settlingMs: performance.now() - sentMs }
  } finally {
    clearInterval(news)
    sending.abort()
  }
}

function merge(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>()
  for (const map of maps) for (const [what, count] of map) all.set(what, (all.get(what) ?? 0) + count)
  return all
}
