// The producer against three nodes of Apache Kafka while leaders move and a node dies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { Producer, stringSerializers } from '@sluice/producer'

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafka({ nodes: 3 })
})

afterAll(async () => {
  await kafka.stop()
})

const partitions = 6
const waves = 30
const perWave = 300

/** Sends waves of keyed messages while `disturb` does its work; then every partition holds its keys once, in order. */
async function sendThrough(topic: string, disturb: () => Promise<void>): Promise<void> {
  await kafka.createTopic(topic, { partitions, replicationFactor: 3 })
  await using producer = new Producer({ bootstrapBrokers: kafka.bootstrap.split(','), serializers: stringSerializers })
  await producer.send({ messages: [{ topic, key: 'first', value: 'first' }] })
  const disturbed = disturb()
  const sends: Promise<unknown>[] = []
  for (let wave = 0; wave < waves; wave++) {
    for (let i = 0; i < perWave; i++) {
      const n = wave * perWave + i
      sends.push(producer.send({ messages: [{ topic, partition: n % partitions, key: `${n}`, value: `${n}` }] }))
    }
    // A wave at a time, so that the disturbance falls between and into them.
    if (wave % 5 === 4) await sends.at(-1)
  }
  await Promise.all(sends)
  await disturbed
  const read = await kafka.read(topic)
  for (let partition = 0; partition < partitions; partition++) {
    const keys = read
      .filter(record => record.partition === partition && record.key!.toString() !== 'first')
      .map(record => Number(record.key))
    const expected = Array.from({ length: waves * perWave }, (_, n) => n).filter(n => n % partitions === partition)
    expect(keys).toEqual(expected)
  }
}

describe('three nodes', () => {
  test('leaders move under load: nothing lost, doubled or reordered', { timeout: 120_000 }, async () => {
    await sendThrough('moving', async () => {
      for (let partition = 0; partition < partitions; partition++) {
        const { partitions: described } = await kafka.describeTopic('moving')
        const { leader, replicas } = described[partition]!
        await kafka.moveLeader(
          'moving',
          partition,
          replicas.find(replica => replica !== leader)!
        )
      }
    })
  })

  test(
    'a node is killed and comes back under load: nothing lost, doubled or reordered',
    { timeout: 120_000 },
    async () => {
      await sendThrough('dying', async () => {
        await kafka.kill(2)
        await kafka.restart(2)
      })
    }
  )
})
