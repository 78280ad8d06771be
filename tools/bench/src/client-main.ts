// One client in a process of its own: connects, warms up, measures, tells.
import { readFileSync } from 'node:fs'
import { countAllocations } from './allocations.ts'
import type { ClientEvent, ConnectClient, Task } from './client-contract.ts'
import { parseMessages } from './messages.ts'
import { startProfile } from './profile.ts'
import { percentile } from './statistics.ts'
import { latenciesAt, prepareWork, workFor, type Work } from './workload.ts'

// Loaded one by one: nobody's memory holds another's code.
const clients: Readonly<Record<string, () => Promise<ConnectClient>>> = {
  ours: async () => (await import('./clients/ours.ts')).connectOurs,
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
  if (task.latencyMs > 0) await tellLatencies(task, works, perSecond / 2, done)
  await Promise.all(connected.map(client => client.close()))
  const version = connected[0]?.version ?? ''
  tell({ event: 'finished', messages: done.messages, peakKb: process.resourceUsage().maxRSS, version })
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
  tell({ event: 'measured', messages, seconds, cpuUs: user + system, allocatedBytes })
  return messages / seconds
}

async function tellLatencies(
  { latencyMs }: Task,
  works: readonly Work[],
  rate: number,
  done: { messages: number }
): Promise<void> {
  const found = await Promise.all(works.map(work => latenciesAt(work, rate / works.length, latencyMs)))
  const calls = found.reduce((sum, latencies) => sum + latencies.calls, 0)
  done.messages += calls * (works[0]?.cell.messages ?? 0)
  const sorted = found.length === 1 ? found[0]!.sorted : Float64Array.from(found.flatMap(l => [...l.sorted])).toSorted()
  const at = (share: number): number => percentile(sorted, share)
  tell({ event: 'latency', calls, rate, p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) })
}

const given = process.argv[2]
if (given === undefined) throw new Error('A client is started by the benchmark, with its task')
// The parent wrote it.
await main(JSON.parse(given) as Task)
process.exit(0)
