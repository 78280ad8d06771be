// A real three-node cluster, and a wing of it for each mode: topics and proxies of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import type { Mode } from './arguments.ts'
import { BrokerProxy } from './broker-proxy.ts'
import { Tally } from './tally.ts'

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
}

export interface Wing {
  readonly mode: Mode
  readonly topics: readonly TopicPlan[]
  /** One before each broker. */
  readonly proxies: readonly BrokerProxy[]
  /** What was done to its connections. */
  readonly tally: Tally
}

const wholeLimitMs = 120_000

const widths = { wide: 12, middle: 6, narrow: 3 } as const

export class House implements AsyncDisposable {
  readonly kafka: KafkaCluster
  readonly wings: readonly Wing[]

  private constructor(kafka: KafkaCluster, wings: readonly Wing[]) {
    this.kafka = kafka
    this.wings = wings
  }

  static async build(modes: readonly Mode[], say: (line: string) => void): Promise<House> {
    // The controller lives in a node of its own, so that any broker may die. Three replicas, two of which must be in sync.
    const kafka = await startKafka({ nodes: 3, isolated: true, onProgress: say })
    const wings: Wing[] = []
    const house = new House(kafka, wings)
    try {
      for (const mode of modes) wings.push(await buildWing(kafka, mode))
      return house
    } catch (error) {
      await house[Symbol.asyncDispose]()
      throw error
    }
  }

  get topics(): readonly TopicPlan[] {
    return this.wings.flatMap(({ topics }) => topics)
  }

  /** What brokers advertise, by port: the port of the proxy before them. */
  portsOf({ proxies }: Wing): Readonly<Record<string, number>> {
    return Object.fromEntries(this.kafka.brokers.map(({ ports }, index) => [ports.PLAINTEXT, proxies[index]!.port]))
  }

  /** Returns when every partition has a leader and all its replicas are in sync: then nothing is in a log and hidden. */
  async wholeAgain(): Promise<void> {
    await this.kafka.ready(wholeLimitMs)
    const deadlineMs = performance.now() + wholeLimitMs
    for (const { name } of this.topics) {
      while (!(await this.#isWhole(name))) {
        if (performance.now() > deadlineMs) throw new Error(`${name} lacks replicas ${wholeLimitMs} ms after the end`)
        await sleep(500)
      }
    }
  }

  async #isWhole(topic: string): Promise<boolean> {
    const { partitions } = await this.kafka.describeTopic(topic)
    return partitions.every(({ leader, inSync, replicas }) => leader >= 0 && inSync.length === replicas.length)
  }

  async stopProxies(): Promise<void> {
    for (const proxy of this.wings.flatMap(({ proxies }) => proxies)) await proxy.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopProxies()
    await this.kafka.stop()
  }
}

async function buildWing(kafka: KafkaCluster, mode: Mode): Promise<Wing> {
  const topics = Object.entries(widths).map(([width, partitions]) => ({ name: `${mode}-${width}`, partitions }))
  const config = { 'min.insync.replicas': '2', 'segment.bytes': '16777216' }
  for (const { name, partitions } of topics) {
    await kafka.createTopic(name, { partitions, replicationFactor: 3, config })
  }
  const proxies = await Promise.all(kafka.brokers.map(({ ports }) => BrokerProxy.start(ports.PLAINTEXT)))
  return { mode, topics, proxies, tally: new Tally() }
}
