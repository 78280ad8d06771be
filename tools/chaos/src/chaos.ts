// One run: producers send while nodes and connections fail; then everything is healed, settled and verified.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChaosArguments, Mode } from './arguments.ts'
import { readBooks } from './books.ts'
import { House, type Wing } from './house.ts'
import { LaneMap } from './lanes.ts'
import { Player, type PlayerEnd, type PlayerTold } from './player.ts'
import { inCallOrder, roles } from './roles.ts'
import { Tally } from './tally.ts'
import { verify, type Findings } from './verify.ts'

export interface ChaosResult {
  /** What was done to the nodes. */
  readonly tally: Tally
  /** How long records were offered. */
  readonly sendingMs: number
  readonly wings: readonly WingResult[]
}

export interface WingResult {
  readonly mode: Mode
  /** What was done to its connections. */
  readonly tally: Tally
  /** Of its connections: those that a fault has ended. */
  readonly cuts: number
  readonly told: PlayerTold
  readonly end: PlayerEnd
  readonly findings: Findings
}

type Say = (line: string) => void

/** What happens to the cluster while records are offered. Leaves it healthy. */
export type Mistreatment = (house: House, tally: Tally, say: Say) => Promise<void>

/** How long a record may take when nothing else was asked for: the producer's own default. */
const deliveryTimeout = 120_000
/** The producers' process tells by itself when records have no outcome after their deadline; beyond that it is stuck. */
const stuckMs = 60_000

interface Performance {
  readonly wing: Wing
  readonly player: Player
  readonly ledgerPath: string
}

export async function chaos(given: ChaosArguments, mistreat: Mistreatment, say: Say): Promise<ChaosResult> {
  await using house = await House.build(given.modes, say)
  const directory = mkdtempSync(join(tmpdir(), 'sluice-chaos-'))
  const run = (Date.now() & 0x7fffffff) >>> 0
  const limitMs = given.deliveryTimeout ?? deliveryTimeout + given.outageSeconds * 1_000
  const performances = house.wings.map((wing, index) => {
    const { mode, topics, proxies } = wing
    const ledgerPath = join(directory, mode)
    const bootstrapBrokers = proxies.map(({ port }) => `127.0.0.1:${port}`)
    const where = { topics, bootstrapBrokers, ports: house.portsOf(wing), ledgerPath }
    const { rate, seed } = given
    const player = new Player({ run, mode, rate, seed: seed + index, deliveryTimeout: limitMs, ...where })
    return { wing, player, ledgerPath }
  })
  try {
    const tally = new Tally()
    const timed = stopwatch(say)
    const sendingMs = await mistreatWhile(performances, timed, () => mistreat(house, tally, timed))
    const ends = await Promise.all(performances.map(({ player }) => player.finish(limitMs + stuckMs)))
    await house.stopProxies()
    say("Every record has its outcome. Reading everything back with Kafka's own consumer.")
    await house.wholeAgain()
    const wings: WingResult[] = []
    for (const [index, { told, end }] of ends.entries()) {
      const performance = performances[index]!
      const findings = await judge(house, run, performance, told)
      const { mode, tally: done, proxies } = performance.wing
      const cuts = proxies.reduce((sum, proxy) => sum + proxy.cuts, 0)
      wings.push({ mode, tally: done, cuts, told, end, findings })
    }
    if (wings.some(({ told }) => told.dataLosses.length > 0)) keepLogs(house, say)
    return { tally, sendingMs, wings }
  } finally {
    for (const { player } of performances) player.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What the brokers did when they lost something, or said so, is told by themselves only. */
function keepLogs({ kafka }: House, say: Say): void {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-chaos-logs-'))
  for (const { id } of kafka.brokers) writeFileSync(join(directory, `broker-${id}.log`), kafka.logs(id))
  say(`The logs of the brokers are kept in ${directory}`)
}

function judge(house: House, run: number, { wing, ledgerPath }: Performance, told: PlayerTold): Promise<Findings> {
  const { mode, topics } = wing
  const lanes = new LaneMap(topics, roles.length)
  const books = readBooks(ledgerPath, lanes.lanes, told.accepted)
  return verify(house.kafka, { run, mode, lanes, books, doubts: told.doubts, inCallOrder })
}

/** Says how many seconds have passed, too. */
function stopwatch(say: Say): Say {
  const startedMs = performance.now()
  return line => say(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`)
}

/** @returns how long it took */
async function mistreatWhile(
  performances: readonly Performance[],
  say: Say,
  mistreat: () => Promise<void>
): Promise<number> {
  const startedMs = performance.now()
  const news = setInterval(() => {
    for (const { wing, player } of performances) {
      const { accepted, acked, notPersisted, unknown } = player.counts
      say(
        `${wing.mode}: ${accepted} accepted, ${acked} acknowledged, ${notPersisted} not persisted, ${unknown} unknown`
      )
    }
  }, 15_000)
  try {
    await mistreat()
    say('No more faults, no more records. Waiting for outcomes.')
    return performance.now() - startedMs
  } finally {
    clearInterval(news)
  }
}
