// Brokers that are restarted one after another, and brokers that all come back elsewhere: the load goes on without an error.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { Producer, stringSerializers, type BootstrapBrokers } from '@sluice/producer'
import { freeBase } from '../src/ports.ts'
import { Relay } from './relay.ts'
import { SteadyLoad, expectAllRead } from './steady-load.ts'
import { printTable } from './table.ts'

type TextProducer = Producer<string, string, string, string>

const nodes = [1, 2, 3]
const partitions = 6
const limitMs = 400_000

let kafka: KafkaCluster
/** Of the SASL_PLAINTEXT listeners; the harness itself uses others. */
let ports: readonly number[]
const rows: Record<string, string | number>[] = []

beforeAll(async () => {
  // Elections of a busy machine are not the point here.
  kafka = await startKafka({ nodes: nodes.length, isolated: true, properties: { 'broker.session.timeout.ms': '9000' } })
  ports = kafka.brokers.map(node => node.ports.SASL_PLAINTEXT)
})

afterAll(async () => {
  printTable('Brokers restarted and replaced under load', rows)
  await kafka?.stop()
})

interface Run {
  readonly how: string
  readonly producer: TextProducer
  readonly load: SteadyLoad
  readonly done: Promise<void>
}

async function start(how: string, topic: string, bootstrapBrokers: BootstrapBrokers): Promise<Run> {
  await kafka.createTopic(topic, { partitions, replicationFactor: nodes.length })
  const producer = new Producer({
    bootstrapBrokers,
    sasl: { mechanism: 'PLAIN', username: 'alice', password: kafka.users['alice']! },
    deliveryTimeout: limitMs,
    serializers: stringSerializers
  })
  const load = new SteadyLoad(producer, { topic, partitions, perCall: 5, callsAtOnce: 2 })
  const done = load.run()
  await load.nextFromAll()
  load.longestMs = 0
  return { how, producer, load, done }
}

/** All that was given is in the log, once and in order, and nothing failed. */
async function finish(what: string, { how, producer, load, done }: Run, recoveredMs: number): Promise<void> {
  load.stop()
  await done
  await producer.close()
  expect(load.failures).toEqual([])
  await expectAllRead(kafka, load)
  rows.push({
    what,
    bootstrap: how,
    records: load.acknowledged,
    failed: load.failures.length,
    retries: producer.stats().retries,
    'longest send ms': Math.round(load.longestMs),
    'all partitions again ms': Math.round(recoveredMs)
  })
}

async function timed(work: Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work
  return performance.now() - startedMs
}

/** The node's listener for clients is on another port when it starts again. */
function move(id: number, from: number, to: number): void {
  const file = join(kafka.directory, `node${id}`, 'server.properties')
  const text = readFileSync(file, 'utf8')
  const moved = text.replaceAll(`SASL_PLAINTEXT://127.0.0.1:${from}`, `SASL_PLAINTEXT://127.0.0.1:${to}`)
  expect(moved).not.toBe(text)
  writeFileSync(file, moved)
}

describe('three brokers under load', () => {
  test('restarted one after another: no record fails', { timeout: limitMs }, async () => {
    const run = await start('list', 'rolling', kafka.bootstrapOf('SASL_PLAINTEXT').split(','))
    let recoveredMs = 0
    for (const id of nodes) {
      await kafka.restart(id)
      recoveredMs = Math.max(recoveredMs, await timed(run.load.nextFromAll()))
    }
    await finish('rolling restart', run, recoveredMs)
  })

  test('all stopped, and back on other ports: found again through what is kept', { timeout: limitMs }, async () => {
    await using balancer = await Relay.open({ targets: () => ports })
    const runs = [
      await start('function', 'by-function', () => ports.map(port => `127.0.0.1:${port}`)),
      await start('name of a load balancer', 'by-name', [`localhost:${balancer.port}`])
    ]
    await Promise.all(nodes.map(id => kafka.kill(id)))
    const base = await freeBase(1)
    const before = ports
    ports = nodes.map((_, at) => base + at)
    for (const [at, id] of nodes.entries()) move(id, before[at]!, ports[at]!)
    for (const id of nodes) await kafka.restart(id)
    const recovered = await Promise.all(runs.map(run => timed(run.load.nextFromAll())))
    for (const [at, run] of runs.entries()) {
      // Leaders are all back; a broker that leads nothing yet may still be coming.
      const places = async (): Promise<number[]> =>
        [...(await run.producer.metadata({ forceUpdate: true })).brokers.values()]
          .map(({ port }) => port)
          .toSorted((one, other) => one - other)
      await expect.poll(places, { timeout: 30_000 }).toEqual(ports.toSorted((one, other) => one - other))
      await finish('all on other ports', run, recovered[at]!)
    }
  })
})
