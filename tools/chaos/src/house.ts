// A real three-node cluster behind proxies.
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { BrokerProxy } from './broker-proxy.ts'
import { chaosTopic, type ChaosTopic } from './lanes.ts'

export class House implements AsyncDisposable {
  readonly kafka: KafkaCluster
  readonly proxies: readonly BrokerProxy[]
  readonly topics: readonly ChaosTopic[]
  readonly #ports: ReadonlyMap<number, number>

  private constructor(kafka: KafkaCluster, proxies: readonly BrokerProxy[], topics: readonly ChaosTopic[]) {
    this.kafka = kafka
    this.proxies = proxies
    this.topics = topics
    this.#ports = new Map(kafka.brokers.map(({ ports }, index) => [ports.PLAINTEXT, proxies[index]!.port]))
  }

  static async build(say: (line: string) => void): Promise<House> {
    // The controller lives in a node of its own, so that any broker may die. Three replicas, two of which must be in sync.
    const kafka = await startKafka({ nodes: 3, isolated: true, onProgress: say })
    const proxies: BrokerProxy[] = []
    try {
      const topics = [chaosTopic('chaos-wide', 12), chaosTopic('chaos-middle', 6), chaosTopic('chaos-narrow', 3)]
      const config = { 'min.insync.replicas': '2', 'segment.bytes': '16777216' }
      for (const { name, partitions } of topics) {
        await kafka.createTopic(name, { partitions, replicationFactor: 3, config })
      }
      for (const { ports } of kafka.brokers) proxies.push(await BrokerProxy.start(ports.PLAINTEXT))
      return new House(kafka, proxies, topics)
    } catch (error) {
      for (const proxy of proxies) await proxy.stop()
      await kafka.stop()
      throw error
    }
  }

  get bootstrapBrokers(): readonly string[] {
    return this.proxies.map(({ port }) => `127.0.0.1:${port}`)
  }

  /** What brokers advertise, as the proxy before them. */
  readonly mapAddress = ({ host, port }: { host: string; port: number }): { host: string; port: number } => ({
    host,
    port: this.#ports.get(port) ?? port
  })

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.proxies) await proxy.stop()
    await this.kafka.stop()
  }
}
