// One client in a process of its own: connects, warms up, measures, tells.
import { readFileSync } from 'node:fs'
import { countAllocations } from './allocations.ts'
import type { ConnectClient, Finished, Latency, Measured, Percentiles, Task } from './client-contract.ts'
import { parseMessages } from './messages.ts'
import { startProfile } from './profile.ts'
import { percentile } from './statistics.ts'
import { latenciesAt, type Latencies } from './latencies.ts'
import { measured, takeTurns, tell } from './turns.ts'
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
/** Calls at a rate are other code than calls in turn, and the first tenth of a second is its compilers'. */
const latencyWarmMs = 250

async function main(task: Task): Promise<void> {
  const load = clients[task.client]
  if (load === undefined) throw new Error(`No client is called ${task.client}`)
  const connect = await load()
  const messages = parseMessages(readFileSync(task.messages, 'latin1'))
  const connected = await Promise.all(Array.from({ length: task.cell.producers }, () => connect(task)))
  const works = connected.map(client => prepareWork(client, task.cell, messages))
  tell({ event: 'warm', messages: await workAll(works, task.warmMs, warmPatience) })
  let isBehind = false
  await takeTurns({
    measure: ms => measure(task, works, ms),
    latencies: async rate => {
      const latency = await latencies(task, works, rate)
      isBehind = latency.percentiles === null
      return latency
    },
    finish: async (): Promise<Finished> => {
      // What waits in a client that is behind would take it longer than anybody wants to wait.
      if (!isBehind) await Promise.all(connected.map(client => client.close()))
      return { event: 'finished', version: connected[0]?.version ?? '' }
    }
  })
}

async function workAll(works: readonly Work[], ms: number, patience: number): Promise<number> {
  const counts = await Promise.all(works.map(work => workFor(work, ms, patience)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function measure(task: Task, works: readonly Work[], ms: number): Promise<Measured> {
  const endProfile = task.profile === null ? null : await startProfile(task.profile)
  const endCount = task.countAllocations ? countAllocations() : null
  const result = await measured(() => workAll(works, ms, 1))
  const allocatedBytes = endCount === null ? null : endCount()
  await endProfile?.()
  return { ...result, allocatedBytes }
}

async function latencies({ latencyMs }: Task, works: readonly Work[], rate: number): Promise<Latency> {
  const take = (ms: number): Promise<Latencies[]> =>
    Promise.all(works.map(work => latenciesAt(work, rate / works.length, ms)))
  const warm = await take(Math.min(latencyWarmMs, latencyMs))
  const isWarm = warm.every(({ kept }) => kept)
  const found = isWarm ? await take(latencyMs) : warm
  const calls = callsOf(found)
  const messages = (calls + (isWarm ? callsOf(warm) : 0)) * (works[0]?.cell.messages ?? 0)
  const hasKept = found.every(({ kept }) => kept)
  return { event: 'latency', calls, messages, rate, percentiles: hasKept ? percentilesOf(found) : null }
}

const callsOf = (found: readonly Latencies[]): number => found.reduce((sum, { sorted }) => sum + sorted.length, 0)

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
