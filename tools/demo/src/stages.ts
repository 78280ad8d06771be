// The three clusters on which the demo can be shown: embedded, real Apache Kafka, and the user's own.
import { startKafka } from '@sluice/kafka'
import { TestCluster } from '@sluice/testing'
import { randomBytes } from 'node:crypto'
import type { DemoArguments } from './arguments.ts'
import { checksum, type Finding } from './compare.ts'
import { createTopic } from './create-topic.ts'
import type { FlightRecord } from './flights.ts'

export interface Stage {
  readonly brokers: readonly string[]
  readonly topic: string
  /** What else on this stage can tell what was written. */
  alsoVerify(sent: readonly FlightRecord[], say: (line: string) => void): Promise<readonly Finding[]>
  stop(): Promise<void>
}

const partitions = 6

export function stageFor(given: DemoArguments, say: (line: string) => void): Promise<Stage> {
  switch (given.where) {
    case 'embedded':
      return embedded(say)
    case 'kafka':
      return apacheKafka(say)
    case 'brokers':
      return ownCluster(given.brokers, given.topic, say)
  }
}

const nothingElse = async (): Promise<readonly Finding[]> => []

async function embedded(say: (line: string) => void): Promise<Stage> {
  const cluster = await TestCluster.start({ brokers: 3, topics: { flights: partitions } })
  const brokers = cluster.clientOptions().bootstrapBrokers.map(({ host, port }) => `${host}:${port}`)
  say(`An embedded cluster of three brokers listens on ${brokers.join(', ')}.`)
  return { brokers, topic: 'flights', alsoVerify: nothingElse, stop: () => cluster.stop() }
}

async function apacheKafka(say: (line: string) => void): Promise<Stage> {
  say('Starting Apache Kafka; the first time its jars are fetched.')
  const kafka = await startKafka({ onProgress: line => say(`  ${line}`) })
  try {
    await kafka.createTopic('flights', { partitions })
  } catch (error) {
    await kafka.stop()
    throw error
  }
  const brokers = kafka.bootstrap.split(',')
  say(`Apache Kafka ${kafka.version} listens on ${brokers.join(', ')}.`)
  return {
    brokers,
    topic: 'flights',
    alsoVerify: async (sent, tell) => {
      tell("Reading everything once more with Kafka's own console consumer.")
      const lines = await kafka.consoleConsume('flights', { properties: { 'print.key': 'true' } })
      return verifyConsole(sent, lines)
    },
    stop: () => kafka.stop()
  }
}

/** The console consumer prints `key<TAB>value`. */
function verifyConsole(sent: readonly FlightRecord[], lines: readonly string[]): readonly Finding[] {
  const records = lines.map(line => ({ key: line.split('\t', 1)[0] ?? '', value: line.slice(line.indexOf('\t') + 1) }))
  const [before, after] = [checksum(sent), checksum(records)]
  return [
    {
      what: 'console consumer: count',
      holds: lines.length === sent.length,
      detail: `${lines.length.toLocaleString('en-US')} records of ${sent.length.toLocaleString('en-US')}`
    },
    { what: 'console consumer: checksum', holds: before === after, detail: `SHA-256 ${after}` }
  ]
}

async function ownCluster(
  brokers: readonly string[],
  wanted: string | null,
  say: (line: string) => void
): Promise<Stage> {
  const topic = wanted ?? `sluice-demo-${randomBytes(4).toString('hex')}`
  if (wanted === null) {
    await createTopic(brokers, topic, partitions)
    say(
      `Made the topic ${topic} with ${partitions} partitions on ${brokers.join(', ')}; it stays there for you to look at.`
    )
  }
  return { brokers, topic, alsoVerify: nothingElse, stop: async () => undefined }
}
