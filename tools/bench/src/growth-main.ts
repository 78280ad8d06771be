// Ours in a process of its own, at work on more and more partitions: every call goes to the next one.
import { Producer, stringSerializers } from '@sluice/producer'
import { readFileSync } from 'node:fs'
import type { Finished, IdleMemory, Task } from './client-contract.ts'
import { parseMessages } from './messages.ts'
import { measured, takeTurns, tell } from './turns.ts'

/** Calls before anything is measured: so many that even of ten thousand partitions each is known. */
const tour = 10_000
/** Until what is freed by timers is free. */
const idleMs = 1000

const given = process.argv[2]
if (given === undefined) throw new Error('A client is started by the benchmark, with its task')
// The parent wrote it.
const { cell, brokers, topic, messages: file, warmMs } = JSON.parse(given) as Task
const producer = new Producer({
  bootstrapBrokers: [...brokers],
  clientId: 'bench',
  idempotent: true,
  serializers: stringSerializers
})
const messages = parseMessages(readFileSync(file, 'latin1'))
  .slice(0, cell.messages)
  .map(message => ({ topic, ...message, partition: 0 }))
let calls = 0

/** What a call is given is the caller's again when it has settled: the messages move on. */
async function call(): Promise<void> {
  const partition = calls++ % cell.partitions
  for (const message of messages) message.partition = partition
  await producer.send({ messages })
}

async function callFor(ms: number): Promise<number> {
  const before = calls
  for (const end = performance.now() + ms; performance.now() < end;) await call()
  return (calls - before) * cell.messages
}

async function idleMemory(): Promise<IdleMemory> {
  await new Promise(resolve => void setTimeout(resolve, idleMs))
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, heapBytes: heapUsed, bufferBytes: external }
}

async function finish(): Promise<Finished> {
  const idle = await idleMemory()
  await producer.close()
  return { event: 'finished', version: '0.0.0', idle }
}

while (calls < tour) await call()
await callFor(warmMs)
tell({ event: 'warm', messages: calls * cell.messages })
await takeTurns({
  measure: ms => measured(() => callFor(ms)),
  latencies: () => Promise.reject(new Error('Growth takes no latencies')),
  finish
})
process.exit(0)
