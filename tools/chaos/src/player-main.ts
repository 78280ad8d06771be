// A process of producers: sends until it is told to finish, waits for every outcome, closes, tells, and ends by itself.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cast } from './cast.ts'
import { Census } from './census.ts'
import { LaneMap } from './lanes.ts'
import { Ledger } from './ledger.ts'
import type { PlayerLine, PlayerPlan, PlayerTold } from './player.ts'
import { roles } from './roles.ts'
import { VitalSigns } from './vitals.ts'

const newsMs = 5_000
/** Beyond its deadline nothing can come: what is not settled then never will be. */
const graceMs = 15_000

const tell = (line: PlayerLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

async function play(plan: PlayerPlan): Promise<PlayerTold> {
  const lanes = new LaneMap(plan.topics, roles.length)
  const ledger = new Ledger(plan.ledgerPath, lanes.lanes.length)
  const census = new Census()
  const cast = new Cast(plan, lanes, ledger, census.clock)
  const vitals = new VitalSigns(cast.watched, census)
  const news = setInterval(() => tell({ counts: ledger.counts }), newsMs)
  const sending = new AbortController()
  const playing = cast.play(sending.signal)
  // Its end, not a word of it: so that this process does not outlive the one that wants to know.
  process.stdin.resume()
  await once(process.stdin, 'end')
  process.stdin.destroy()
  sending.abort()
  const startedMs = performance.now()
  const settled = await endsWithin(playing, plan.deliveryTimeout + graceMs)
  const settlingMs = performance.now() - startedMs
  clearInterval(news)
  vitals.stop()
  await cast.close(settled)
  const accepted = ledger.close()
  const { samples, fullest, overBytes, longestBlockMs } = vitals
  const seen = { samples, fullest, overBytes, longestBlockMs }
  return { counts: ledger.counts, accepted, settlingMs, ...seen, ...cast.told, resources: await leftOver(census) }
}

async function endsWithin(work: Promise<void>, limitMs: number): Promise<boolean> {
  const limit = new AbortController()
  const late = sleep(limitMs, false, { signal: limit.signal }).catch(() => false)
  const ended = await Promise.race([work.then(() => true), late])
  limit.abort()
  return ended
}

/** Standard output and error. */
const standard: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'FSReqCallback', 'CloseReq'])

/** A socket that was closed is still counted for some turns. */
async function leftOver(census: Census): Promise<readonly string[]> {
  const left = (): string[] => [
    ...process.getActiveResourcesInfo().filter(name => !standard.has(name)),
    ...(census.sockets > 0 ? [`${census.sockets} sockets open`] : []),
    ...(census.timers > 0 ? [`${census.timers} timers pending`] : [])
  ]
  for (let looks = 0; looks < 10 && left().length > 0; looks++) await sleep(50)
  return left()
}

if (process.argv[2] !== undefined) tell({ told: await play(JSON.parse(process.argv[2]) as PlayerPlan) })
