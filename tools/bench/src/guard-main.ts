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

const rounds = 9

const name = process.argv[2] ?? ''
const cell = cells.find(candidate => candidate.name === name)
if (cell === undefined) throw new Error(`No cell is called ${name}`)
const { transport, tally } = memoryBroker(cell.partitions)
// Only what a client of ours reads.
const task = { cell, brokers: ['127.0.0.1:9092'], topic: 'bench', certificate: null } as Partial<Task> as Task
const client = await connectOurs(task, transport)
const step = cell.messages * cell.concurrent
// A request for each message costs much more than a share of one.
const [warmMessages, countedMessages] = step === 1 ? [20_000, 1000] : [1_600_000, 20_000]
const messages = makeMessages(Math.max(cell.messages, 10_000), cell.valueBytes)
const work = prepareWork(client, cell, messages)
const cellMessages = cell.messages

async function send(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += step) await workOnce(work, sent / cellMessages)
}

async function round(): Promise<GuardFigures | null> {
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

// No full collection between the rounds: it frees the hidden classes of which no object lives at that moment, and code
// that was optimised for them is thrown away and allocates while it is slow.
await send(warmMessages)
const found: GuardFigures[] = []
for (let count = 0; count < rounds; count++) {
  const figures = await round()
  if (figures !== null) found.push(figures)
}
const median = found.toSorted((a, b) => a.heapBytesPerMessage - b.heapBytesPerMessage)[found.length >> 1]
if (median === undefined) throw new Error('Garbage was collected in every round')
console.log(JSON.stringify(median))
await client.close()
process.exit(0)
