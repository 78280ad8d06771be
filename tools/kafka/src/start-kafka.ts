// Starts a cluster that lives as long as the process which asked for it.
import { randomBytes } from 'node:crypto'

import { createCluster, users } from './cluster.ts'
import type { Progress } from './installation.ts'
import { install } from './installation.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { defaultVersion, needsZooKeeper } from './versions.ts'
import { createZooKeeperCluster } from './zookeeper-cluster.ts'

export interface StartOptions {
  /** Brokers; default 1. Each is a controller too unless `isolated`. */
  readonly nodes?: number | undefined
  /** Release of Apache Kafka; default 4.3.1. From 2.1 to 2.8: one broker, PLAINTEXT and SASL_PLAINTEXT, no other option. */
  readonly version?: string | undefined
  /** First port; ten are set aside for each node. Default: free ones. */
  readonly port?: number | undefined
  /** One more node, 100, is the only controller, so that any number of brokers may die. */
  readonly isolated?: boolean | undefined
  /** More lines of server.properties, for every node; they win. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** Feature levels instead of the release's own, for example `{ 'transaction.version': 1 }`; from Kafka 4.0. */
  readonly features?: Readonly<Record<string, number>> | undefined
  /** Told what takes long (the first download of a release). Default: nobody. */
  readonly onProgress?: Progress | undefined
}

/**
 * Returns when all brokers have found each other. The first start of a release fetches it, which takes half a minute.
 *
 * @throws HarnessError when Java or Maven is missing, or a broker ends; its message says what to do
 */
export async function startKafka(options: StartOptions = {}): Promise<KafkaCluster> {
  const version = options.version ?? defaultVersion
  const progress = options.onProgress ?? ((): void => undefined)
  const name = `run-${process.pid}-${randomBytes(4).toString('hex')}`
  if (needsZooKeeper(version)) {
    const old = await createZooKeeperCluster({ name, version, users }, progress)
    // The clients that ask it are those of today.
    return new KafkaCluster(await install(defaultVersion, progress), old)
  }
  const state = await createCluster(
    {
      name,
      nodes: options.nodes ?? 1,
      version,
      port: options.port ?? null,
      isolated: options.isolated ?? false,
      properties: options.properties ?? {},
      features: options.features ?? {},
      owned: true
    },
    progress
  )
  return new KafkaCluster(await install(version, progress), state)
}
