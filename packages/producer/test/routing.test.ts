// Where batches go when connections end, fill up or fall silent, and when leaders move meanwhile.
import { describe, expect, test } from 'vitest'
import { ProduceAcks, type ProduceResult } from '@sluice/producer'
import { errorOf, Stage, text, warm } from './stage.ts'

async function send(stage: Stage, partition: number, value = 'v', topic = 'orders'): Promise<ProduceResult> {
  return stage.producer.send({ messages: [{ topic, value, partition }] })
}

async function refresh(stage: Stage): Promise<void> {
  await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
}

describe('what waits for a connection', () => {
  test('that is throttled and then ends: leaves on the next one, at once', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const undo = stage.cluster.throttle(60_000)
    await warm(stage)
    undo()
    const sent = send(stage, 0)
    stage.clock.advance(100)
    const startMs = stage.clock.monotonicMs()
    for (const connection of stage.cluster.connections()) connection.close()
    await stage.during(sent)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(5_000)
    expect(stage.producer.stats().throttledMs).toBeGreaterThanOrEqual(60_000)
  })

  test('that is full, while its leader moves: leaves to the new leader, at once', async () => {
    await using stage = await Stage.set({ brokers: 2 }, { maxInflights: 1 })
    for (const partition of [0, 1]) {
      stage.cluster.moveLeader('orders', partition, 1)
      await stage.during(send(stage, partition))
    }
    stage.cluster.pause(1)
    const stuck = send(stage, 0)
    stage.clock.advance(1)
    const sent = send(stage, 1)
    stage.clock.advance(1)
    stage.cluster.moveLeader('orders', 1, 2)
    const startMs = stage.clock.monotonicMs()
    await refresh(stage)
    await stage.during(sent)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(5_000)
    stage.cluster.resume(1)
    await stage.during(stuck)
  })

  test('that cannot be made: the error says why in the end, for every batch', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { deliveryTimeout: 3_000, batchSize: 1_024 })
    await warm(stage)
    await stage.cluster.kill(1, { elect: false })
    stage.clock.advance(10)
    const sends = [1, 2, 3].map(async () => errorOf(send(stage, 0, 'x'.repeat(900))))
    for (const error of await stage.during(Promise.all(sends)))
      expect(error).toMatchObject({
        outcome: 'not-persisted',
        failures: [
          {
            error: {
              code: 'KAFKA_TIMEOUT',
              cause: { code: 'KAFKA_CONNECTION' },
              delivery: {
                attempts: 0,
                firstError: { code: 'KAFKA_CONNECTION' },
                lastError: { code: 'KAFKA_CONNECTION' }
              }
            }
          }
        ]
      })
  })
})

describe('leaders', () => {
  test('one partition has none: it waits, the others go on, and it goes when it has one', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await refresh(stage)
    const waiting = send(stage, 0)
    await stage.during(send(stage, 1))
    stage.clock.advance(2_000)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
    stage.cluster.moveLeader('orders', 0, 2)
    await stage.during(waiting)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('a topic that grows: its new partitions can be written to once they are known', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    stage.cluster.createPartitions('orders', 5)
    await refresh(stage)
    expect((await stage.during(send(stage, 4))).offsets).toEqual([{ topic: 'orders', partition: 4, offset: 0n }])
    expect(await stage.during(stage.producer.partitionsFor('orders'))).toHaveLength(5)
  })

  test('repeatOnStaleMetadata false: the send fails, and the next finds the new leader', async () => {
    await using stage = await Stage.set({ versions: { Produce: { min: 3, max: 9 } } }, { repeatOnStaleMetadata: false })
    await warm(stage)
    const { leaderId } = stage.cluster.leadership('orders', 0)
    stage.cluster.moveLeader('orders', 0, (leaderId % 3) + 1)
    const error = await stage.during(errorOf(send(stage, 0)))
    expect(error).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { errorCode: 6 } }] })
    stage.clock.advance(1_000)
    await stage.during(send(stage, 0))
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test.each([
    ['another one', 1],
    ['the same one anew', 0]
  ])('%s, elected while a batch waits to be tried again: it is tried at once', async (_, step) => {
    await using stage = await Stage.set({}, { retryDelay: 60_000 })
    await warm(stage)
    const undo = stage.cluster.intercept('Produce', () => ({ error: 19 }))
    const sent = send(stage, 0)
    stage.clock.advance(100)
    undo()
    const { leaderId } = stage.cluster.leadership('orders', 0)
    stage.cluster.moveLeader('orders', 0, ((leaderId - 1 + 1) % 3) + 1)
    stage.cluster.moveLeader('orders', 0, ((leaderId - 1 + step) % 3) + 1)
    await refresh(stage)
    await stage.during(sent)
    expect(stage.clock.monotonicMs()).toBeLessThan(10_000)
  })

  test('a hint in the answer is enough', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    stage.cluster.intercept('Metadata', () => ({ drop: true }))
    const { leaderId } = stage.cluster.leadership('orders', 0)
    stage.cluster.moveLeader('orders', 0, (leaderId % 3) + 1)
    await stage.during(send(stage, 0))
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  // A broker that goes may have led thousands of partitions: its answer must not cost as many pictures of the cluster.
  test('the hints of one answer are one change of what is known', async () => {
    const partitions = 40
    await using stage = await Stage.set({ topics: { orders: partitions, other: partitions } })
    const all = ['orders', 'other'].flatMap(topic => Array.from({ length: partitions }, (_, at) => ({ topic, at })))
    const moveAll = (nodeId: number): void => {
      for (const { topic, at } of all) stage.cluster.moveLeader(topic, at, nodeId)
    }
    const sendAll = async (value: string): Promise<unknown> => {
      const messages = all.map(({ topic, at }) => ({ topic, value, partition: at }))
      return stage.during(stage.producer.send({ messages }))
    }
    moveAll(1)
    await sendAll('first')
    stage.cluster.intercept('Metadata', () => ({ drop: true }))
    moveAll(2)
    let changes = 0
    stage.producer.on('client:metadata', () => changes++)
    await sendAll('second')
    expect(changes).toBe(1)
    for (const { topic, at } of all) expect(text(stage.cluster.logNow(topic, at))).toEqual(['first', 'second'])
  })

  test('a hint about the topic that was there before says nothing of the one made anew', async () => {
    await using stage = await Stage.set({}, { topicRecreatedPolicy: 'continue' })
    await warm(stage)
    const undo = stage.cluster.intercept('Produce', () => ({
      delay: 50,
      error: 6,
      answer: response => ({
        ...response,
        responses: response.responses.map(topic => ({
          ...topic,
          partitions: topic.partitions.map(part => ({
            ...part,
            currentLeader: { leaderId: 3, leaderEpoch: 50 }
          }))
        }))
      })
    }))
    const late = errorOf(send(stage, 0))
    stage.clock.advance(20)
    stage.cluster.deleteTopic('orders')
    stage.cluster.createTopic('orders', 3)
    stage.cluster.moveLeader('orders', 0, 1)
    await refresh(stage)
    await stage.during(late)
    undo()
    const startMs = stage.clock.monotonicMs()
    await stage.during(send(stage, 0))
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(5_000)
  })
})

describe('busy nodes', () => {
  async function makeBusy(stage: Stage): Promise<number> {
    await warm(stage)
    const { leaderId } = stage.cluster.leadership('orders', 0)
    const undo = stage.cluster.throttle(60_000)
    await warm(stage)
    undo()
    return leaderId
  }

  /** Settles by its deadline: the connection takes nothing. */
  async function unwritable(stage: Stage): Promise<readonly number[]> {
    stage.cluster.moveLeader('orders', 1, stage.cluster.leadership('orders', 0).leaderId === 1 ? 2 : 1)
    await refresh(stage)
    const result = await stage.during(
      stage.producer.send({ acks: ProduceAcks.NO_RESPONSE, messages: [{ topic: 'orders', value: 'v', partition: 1 }] })
    )
    return result.unwritableNodes
  }

  test('are named, and the event follows when they take requests again', async () => {
    await using stage = await Stage.set()
    const node = await makeBusy(stage)
    expect(await unwritable(stage)).toEqual([node])
    const drains: (number | null)[] = []
    stage.producer.on('client:broker:drain', ({ broker }) => drains.push(broker.nodeId))
    const drained = stage.producer.drained([node])
    await stage.producer.drained([node + 1])
    stage.clock.advance(100)
    expect(drains).toEqual([])
    await stage.during(drained)
    expect(drains).toContain(node)
    expect(stage.clock.monotonicMs()).toBeGreaterThan(59_000)
  })

  test('whose connection ends, and whose broker is away for long: the event follows when the successor is ready', async () => {
    await using stage = await Stage.set()
    const node = await makeBusy(stage)
    expect(await unwritable(stage)).toEqual([node])
    const drained = new Promise<void>(resolve => {
      stage.producer.on('client:broker:drain', ({ broker }) => broker.nodeId === node && resolve())
    })
    await stage.cluster.kill(node, { elect: false })
    stage.clock.advance(30_000)
    await stage.cluster.restart(node)
    const startMs = stage.clock.monotonicMs()
    await refresh(stage)
    await stage.during(drained)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(5_000)
  })

  test('are still busy when a question to them is answered', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { maxInflights: 1 })
    await warm(stage)
    const connections = await stage.during(stage.producer.connectToBrokers([1]))
    for (const each of stage.producer.connections.connections())
      if (each.address.nodeId === undefined) each.close(() => {})
    expect(connections.get(1)!.writable).toBe(true)
    const undo = stage.cluster.intercept('Produce', () => ({ delay: 20_000 }))
    const slow = send(stage, 0)
    stage.clock.advance(10)
    undo()
    const story: string[] = []
    stage.producer.on('client:broker:drain', ({ broker }) => story.push(`${broker.nodeId} takes more`))
    const drained = stage.producer.drained().then(() => story.push('drained'))
    await refresh(stage)
    await stage.during(Promise.all([slow, drained]))
    expect(story).toEqual(['1 takes more', '1 takes more', 'drained'])
  })

  test('that leave the cluster are waited for no more', async () => {
    await using stage = await Stage.set()
    const node = await makeBusy(stage)
    expect(await unwritable(stage)).toEqual([node])
    const drained = stage.producer.drained([node])
    await stage.cluster.kill(node)
    await refresh(stage)
    const startMs = stage.clock.monotonicMs()
    await stage.during(drained)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(5_000)
  })

  test('very many may wait for them without a warning, and closing ends every wait', async () => {
    await using stage = await Stage.set()
    const node = await makeBusy(stage)
    expect(await unwritable(stage)).toEqual([node])
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const waits = Array.from({ length: 50 }, async () => errorOf(stage.producer.drained()))
    await stage.during(stage.producer.close({ force: true }))
    await stage.during(Promise.all(waits))
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  test('bad node ids are refused', async () => {
    await using stage = await Stage.set()
    for (const wrong of ['1', 5, [null], {}])
      expect(await stage.during(errorOf(stage.producer.drained(wrong as never)))).toMatchObject({
        code: 'KAFKA_INVALID_ARGUMENT'
      })
  })
})

describe('requests', () => {
  test('hold what fits maxRequestSize, one batch of each partition, equal in acks', async () => {
    await using stage = await Stage.set({}, { maxRequestSize: 10_000, batchSize: 6_000 })
    for (let partition = 0; partition < 3; partition++) {
      stage.cluster.moveLeader('orders', partition, 1)
      await stage.during(send(stage, partition))
    }
    const sizes: number[][] = []
    stage.cluster.intercept('Produce', ({ request }) => {
      sizes.push(request.topics.flatMap(topic => topic.partitions.map(each => each.index)))
      return undefined
    })
    const sends = [0, 1, 2].map(async partition => send(stage, partition, 'x'.repeat(4_500)))
    const plain = stage.producer.send({ acks: 1, messages: [{ topic: 'orders', value: 'v', partition: 2 }] })
    await stage.during(Promise.all([...sends, plain]))
    expect(sizes).toEqual([[0, 1], [2], [2]])
    expect(text(stage.cluster.logNow('orders', 2)).map(each => each.length)).toEqual([1, 4_500, 1])
  })
})
