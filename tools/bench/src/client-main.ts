// One client in a process of its own: connects, warms up, measures, tells.
import { readFileSync } from 'node:fs'
import { countAllocations } from './allocations.ts'
import type { ClientEvent, ConnectClient, Percentiles, Task } from './client-contract.ts'
import { parseMessages } from './messages.ts'
import { startProfile } from './profile.ts'
import { percentile } from './statistics.ts'
import { latenciesAt, type Latencies } from './latencies.ts'
import { prepareWork, workFor, type Work } from './workload.ts'

// Loaded one by one: nobody's memory holds another's code.
const clients: Readonly<Record<string, () => Promise<ConnectClient>>> = {
  ours: async () => (await import('./clients/ours.ts')).connectOurs,
  'ours-plain': async () => (await import('./clients/ours.ts')).connectOursPlain,
  platformatic: async () => (await import('./clients/platformatic.ts')).connectPlatformatic,
  kafkajs: async () => (await import('./clients/kafkajs.ts')).connectKafkaJs,
  confluent: async () => (await import('./clients/confluent.ts')).connectConfluent,
  'confluent-rdkafka': async () => (await import('./clients/rdkafka.ts')).connectConfluentRdkafka,
  'node-rdkafka': async () => (await import('./clients/rdkafka.ts')).connectNodeRdkafka,
  raw: async () => (await import('./clients/raw.ts')).connectRaw
}

// Compilers must have had their time, however busy the machine: a cold client is ten times slower than itself.
const warmPatience = 12
const measurePatience = 4
/** Calls at a rate are other code than calls in turn, and the first tenth of a second is its compilers'. */
const latencyWarmMs = 250

function tell(event: ClientEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

async function main(task: Task): Promise<void> {
  const load = clients[task.client]
  if (load === undefined) throw new Error(`No client is called ${task.client}`)
  const connect = await load()
  const messages = parseMessages(readFileSync(task.messages, 'latin1'))
  const connected = await Promise.all(Array.from({ length: task.cell.producers }, () => connect(task)))
  const works = connected.map(client => prepareWork(client, task.cell, messages))
  const done = { messages: await workAll(works, task.warmMs, warmPatience) }
  const perSecond = await measure(task, works, done)
  const version = connected[0]?.version ?? ''
  const hasKeptUp = task.latencyMs === 0 || (await tellLatencies(task, works, perSecond / 2, done))
  // What waits in a client that is behind would take it longer than anybody wants to wait.
  if (hasKeptUp) await Promise.all(connected.map(client => client.close()))
  tell({ event: 'finished', messages: done.messages, version })
}

async function workAll(works: readonly Work[], ms: number, patience: number): Promise<number> {
  const counts = await Promise.all(works.map(work => workFor(work, ms, patience)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function measure(task: Task, works: readonly Work[], done: { messages: number }): Promise<number> {
  tell({ event: 'warm' })
  const endProfile = task.profile === null ? null : await startProfile(task.profile)
  const endCount = task.countAllocations ? countAllocations() : null
  const cpu = process.cpuUsage()
  const start = performance.now()
  const messages = await workAll(works, task.measureMs, measurePatience)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const allocatedBytes = endCount === null ? null : endCount()
  await endProfile?.()
  done.messages += messages
  const peakKb = process.resourceUsage().maxRSS
  tell({ event: 'measured', messages, seconds, cpuUs: user + system, peakKb, allocatedBytes })
  return messages / seconds
}

/** @returns whether the rate was kept */
async function tellLatencies(
  { latencyMs, latencyRate }: Task,
  works: readonly Work[],
  ownRate: number,
  done: { messages: number }
): Promise<boolean> {
  const rate = latencyRate ?? ownRate
  const take = (ms: number): Promise<Latencies[]> =>
    Promise.all(works.map(work => latenciesAt(work, rate / works.length, ms)))
  await toldToGoOn()
  const warm = await take(Math.min(latencyWarmMs, latencyMs))
  const isWarm = warm.every(({ kept }) => kept)
  const found = isWarm ? await take(latencyMs) : warm
  const calls = callsOf(found)
  done.messages += (calls + (isWarm ? callsOf(warm) : 0)) * (works[0]?.cell.messages ?? 0)
  const hasKept = found.every(({ kept }) => kept)
  tell({ event: 'latency', calls, rate, percentiles: hasKept ? percentilesOf(found) : null })
  return hasKept
}

const callsOf = (found: readonly Latencies[]): number => found.reduce((sum, { sorted }) => sum + sorted.length, 0)

/** The parent has something to arrange first. */
function toldToGoOn(): Promise<void> {
  return new Promise(resolve => {
    process.stdin.once('data', () => {
      process.stdin.destroy()
      resolve()
    })
  })
}

function percentilesOf(found: readonly Latencies[]): Percentiles {
  const [first] = found
  const one = first !== undefined && found.length === 1
  const sorted = one ? first.sorted : Float64Array.from(found.flatMap(l => [...l.sorted])).toSorted()
  const at = (share: number): number => percentile(sorted, share)
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) }
}

const given = process.argv[2]
if (given === undefined) throw new Error('A client is started by the benchmark, with its task')
// The parent wrote it.
await main(JSON.parse(given) as Task)
process.exit(0)
