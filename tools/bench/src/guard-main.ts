// Counts, in a process of its own without a garbage collection in between, what our producer allocates and how often it asks.
import { GCProfiler } from 'node:v8'
import { cells } from './cells.ts'
import { connectOurs } from './clients/ours.ts'
import type { Task } from './client-contract.ts'
import { memoryBroker } from './memory-broker.ts'
import { makeMessages } from './messages.ts'
import { prepareWork, workOnce } from './workload.ts'

export interface GuardFigures {
  readonly cell: string
  /** On the heap, for one message, application's objects not counted. */
  readonly heapBytesPerMessage: number
  /** Of buffers outside the heap. */
  readonly bufferBytesPerMessage: number
  readonly messagesPerRequest: number
}

const trials = 3

const name = process.argv[2] ?? ''
const cell = cells.find(candidate => candidate.name === name)
if (cell === undefined) throw new Error(`No cell is called ${name}`)
const { transport, tally } = memoryBroker(cell.partitions)
// Only what a client of ours reads.
const task = { cell, brokers: ['127.0.0.1:9092'], topic: 'bench', certificate: null } as Partial<Task> as Task
const client = await connectOurs(task, transport)
const step = cell.messages * cell.concurrent
// A request for each message costs much more than a share of one.
const [warmMessages, countedMessages] = step === 1 ? [6000, 2000] : [100_000, 30_000]
const messages = makeMessages(Math.max(cell.messages, 10_000), cell.valueBytes)
const work = prepareWork(client, cell, messages)
const cellMessages = cell.messages

async function send(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += step) await workOnce(work, sent / cellMessages)
}

async function trial(): Promise<GuardFigures | null> {
  globalThis.gc?.()
  const profiler = new GCProfiler()
  profiler.start()
  const [requests, records] = [tally.requests, tally.records]
  const before = process.memoryUsage()
  await send(countedMessages)
  const after = process.memoryUsage()
  // What was collected cannot be counted.
  if (profiler.stop().statistics.length > 0) return null
  return {
    cell: name,
    heapBytesPerMessage: (after.heapUsed - before.heapUsed) / countedMessages,
    bufferBytesPerMessage: Math.max(0, after.external - before.external) / countedMessages,
    messagesPerRequest: (tally.records - records) / (tally.requests - requests)
  }
}

// The optimising compiler must have had its time, or its own work is counted.
await send(warmMessages)
const found: GuardFigures[] = []
for (let count = 0; count < trials; count++) {
  const figures = await trial()
  if (figures !== null) found.push(figures)
}
const best = found.toSorted((a, b) => a.heapBytesPerMessage - b.heapBytesPerMessage)[0]
if (best === undefined) throw new Error('The garbage was collected in every trial')
console.log(JSON.stringify(best))
await client.close()
process.exit(0)
