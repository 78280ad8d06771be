// A thousand sends for each of 50 partitions of 3 topics, all in one turn, while leaders move.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { Producer } from '@sluice/producer'

const topics = ['turn-a', 'turn-b', 'turn-c']
const partitions = 50
const sendsEach = 1_000
const mostTurns = 20

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafka({ nodes: 3, isolated: true })
  const config = { 'min.insync.replicas': '2' }
  for (const topic of topics) await kafka.createTopic(topic, { partitions, replicationFactor: 3, config })
})

afterAll(async () => {
  await kafka.stop()
})

describe('sends of one turn', () => {
  test('50 partitions, 3 topics, 1,000 sends each: all once, in call order', { timeout: 400_000 }, async () => {
    await using producer = new Producer({
      bootstrapBrokers: kafka.bootstrap.split(','),
      maxWaiting: topics.length * partitions * sendsEach
    })
    await producer.connect()
    const settled = new AbortController()
    let moved = 0
    const moving = moveLeaders(settled.signal, () => moved++)
    const wrong: string[] = []
    let turns = 0
    // A turn may be over before the first leader has moved: then there is another.
    do {
      // One turn after another.
      // oxlint-disable-next-line no-await-in-loop
      wrong.push(...(await sendAll(producer, sendsEach * turns++)))
    } while (moved === 0 && turns < mostTurns)
    settled.abort()
    await moving
    expect(wrong).toEqual([])
    expect(moved).toBeGreaterThan(0)
    for (const topic of topics) await expectAllInOrder(topic, sendsEach * turns)
  })

  test('1,000 sends of one turn, each to another place: all once, in call order', { timeout: 400_000 }, async () => {
    const [topic] = topics
    const start = await kafka.endOffsets(topic!)
    await using producer = new Producer({ bootstrapBrokers: kafka.bootstrap.split(',') })
    const sends = Array.from({ length: 1_000 }, (_, n) =>
      producer.send({ messages: [{ topic: topic!, partition: (n * 7) % partitions, value: `${n}` }] })
    )
    await Promise.all(sends)
    for (let partition = 0; partition < partitions; partition++) {
      const read = await kafka.read(topic!, { partition, from: Number(start[partition]) })
      const expected = Array.from({ length: 1_000 }, (_, n) => n).filter(n => (n * 7) % partitions === partition)
      expect(read.map(({ value }) => Number(value))).toEqual(expected)
    }
  })
})

async function moveLeaders(signal: AbortSignal, onMoved: () => void): Promise<void> {
  for (let i = 0; ; i++) {
    const topic = topics[i % topics.length]!
    const partition = (i * 11) % partitions
    const { leader, replicas } = (await kafka.describeTopic(topic)).partitions[partition]!
    await kafka.moveLeader(
      topic,
      partition,
      replicas.find(replica => replica !== leader)!
    )
    if (signal.aborted) return
    onMoved()
  }
}

/** @returns what did not go well */
function sendAll(producer: Producer, first: number): Promise<string[]> {
  const wrong: string[] = []
  let open = topics.length * partitions * sendsEach
  return new Promise(resolve => {
    for (let n = first; n < first + sendsEach; n++) {
      for (const topic of topics) {
        for (let partition = 0; partition < partitions; partition++) {
          producer.send({ messages: [{ topic, partition, value: `${n}` }] }, error => {
            if (error !== null && error !== undefined && wrong.length < 5) wrong.push(error.message)
            if (--open === 0) resolve(wrong)
          })
        }
      }
    }
  })
}

async function expectAllInOrder(topic: string, count: number): Promise<void> {
  const next = Array.from({ length: partitions }, () => 0)
  const wrong: string[] = []
  for (const { partition, value } of await kafka.read(topic, { limitMs: 300_000 })) {
    const n = Number(value)
    if (n !== next[partition]) wrong.push(`${topic}-${partition} has ${n} where ${next[partition]} belongs`)
    next[partition] = n + 1
  }
  expect(wrong.slice(0, 5)).toEqual([])
  expect(next).toEqual(Array.from({ length: partitions }, () => count))
}
