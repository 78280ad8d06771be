// The stage with Apache Kafka itself: a topic for each cell.
import { startKafka } from '@sluice/kafka'
import type { Say } from './install-npm.ts'
import { cpuSecondsOf } from './process-time.ts'
import type { Stage } from './stage.ts'

/** Old segments go at once: a benchmark fills disks otherwise. */
const properties = {
  'log.retention.bytes': '134217728',
  'log.retention.check.interval.ms': '1000',
  'log.segment.delete.delay.ms': '100',
  'log.segment.bytes': '67108864'
}

export async function kafkaStage(nodes: 1 | 3, say: Say): Promise<Stage> {
  say(`Starting Apache Kafka, ${nodes} ${nodes === 1 ? 'broker' : 'brokers'}`)
  const cluster = await startKafka({ nodes, properties, onProgress: say })
  await cluster.ready()
  let opened = 0
  return {
    kind: nodes === 1 ? 'kafka-1' : 'kafka-3',
    name: `Apache Kafka ${cluster.version}, ${nodes} ${nodes === 1 ? 'broker' : 'brokers'}`,
    certificate: null,
    open: async cell => {
      if (cell.delayMs > 0 || cell.tls) return 'for the null broker only'
      const topic = `bench-${opened++}`
      await cluster.createTopic(topic, { partitions: cell.partitions, replicationFactor: nodes })
      return {
        brokers: cluster.bootstrap.split(','),
        topic,
        counts: () => Promise.resolve(null),
        cpuSeconds: () => cpuSecondsOf(cluster.nodes.flatMap(({ pid }) => pid ?? [])),
        stop: () => cluster.deleteTopic(topic)
      }
    },
    stop: () => cluster.stop()
  }
}
