// What a test may do with requests and answers on their way.
import { createTopicsApi, initProducerIdApi, metadataApi, produceApi } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import type { InterceptHandler } from '@sluice/testing'
import { askProduce, makeBatch, onlyPartition, type Pending } from './raw-client.ts'
import { fetchByHand, type FetchAnswer } from './raw-fetch.ts'
import { askMetadata, stage } from './raw-stage.ts'
import { surfacing } from './surfacing.ts'

describe('interception', () => {
  test('delays a request and all that come behind it on its connection, but no other', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', ({ correlationId, connection }) =>
      connection.id === 1 && correlationId === 0 ? { delay: 100 } : undefined
    )
    const [first, second] = [connect(), connect()]
    const slow = askProduce(first, makeBatch({ values: ['slow'] }))
    const behind = askProduce(first, makeBatch({ values: ['behind'] }))
    const other = askProduce(second, makeBatch({ values: ['other'] }))
    clock.advance(99)
    expect([slow.response, behind.response]).toEqual([undefined, undefined])
    expect(onlyPartition(other).baseOffset).toBe(0n)

    clock.advance(1)
    expect(onlyPartition(slow).baseOffset).toBe(1n)
    expect(onlyPartition(behind).baseOffset).toBe(2n)
    expect(values()).toEqual(['other', 'slow', 'behind'])
  })

  test('answers with an error instead of appending', async () => {
    const { clock, cluster, connect, values } = await stage()
    const undo = cluster.intercept('Produce', () => ({ error: 7 }))
    const client = connect()
    const failed = askProduce(client, makeBatch())
    clock.runSoon()
    expect(onlyPartition(failed)).toMatchObject({ errorCode: 7, baseOffset: -1n })

    undo()
    const fine = askProduce(client, makeBatch({ values: ['fine'] }))
    clock.runSoon()
    expect(onlyPartition(fine).errorCode).toBe(0)
    expect(values()).toEqual(['fine'])
  })

  test('answers with an error after the append, real offset included', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', () => ({ error: 6, execute: true }))
    const client = connect()
    askProduce(client, makeBatch({ values: ['first'] }))
    const answer = askProduce(client, makeBatch({ values: ['second'] }))
    clock.runSoon()

    expect(onlyPartition(answer)).toMatchObject({ errorCode: 6, baseOffset: 1n })
    expect(values()).toEqual(['first', 'second'])
  })

  test('fails some partitions of a request and not the others', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.moveLeader('orders', 1, 1)
    cluster.intercept('Produce', () => ({
      error: (topic, partition) => (topic === 'orders' && partition === 1 ? 19 : 0)
    }))
    const pending = connect().ask(produceApi, 9, {
      acks: -1,
      timeoutMs: 0,
      topics: [{ name: 'orders', partitions: [0, 1].map(index => ({ index, records: makeBatch() })) }]
    })
    clock.runSoon()

    expect(pending.response!.responses[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([0, 19])
    expect([0, 1].map(partition => cluster.offsets('orders', partition).endOffset)).toEqual([1n, 0n])
  })

  test.each([
    ['before', false, []],
    ['after', true, ['v']]
  ] as const)('cuts the connection %s the request takes effect', async (_name, execute, expected) => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', () => ({ cut: 0, execute }))
    const client = connect()
    askProduce(client, makeBatch({ values: ['v'] }))
    clock.runSoon()

    expect(client.story).toEqual(['open', 'close read ECONNRESET broker-1:9092'])
    expect(values()).toEqual(expected)
  })

  test('cuts the connection after some bytes of the answer', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.intercept('Produce', () => ({ cut: 7 }))
    const client = connect()
    let received = 0
    const onData = client.onData.bind(client)
    client.onData = chunk => {
      received += chunk.length
      onData(chunk)
    }
    askProduce(client, makeBatch())
    clock.runSoon()

    expect(received).toBe(7)
    expect(client.story).toEqual(['open', 'close'])
  })

  test('loses an answer and hangs, or goes on as if nothing was', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', ({ connection }) => ({ drop: connection.id === 1 ? true : 'skip' }))
    const [hanging, skipping] = [connect(), connect()]
    askProduce(hanging, makeBatch({ values: ['a'] }))
    const behind = askMetadata(hanging)
    askProduce(skipping, makeBatch({ values: ['b'] }))
    askMetadata(skipping)
    clock.advance(60_000)

    expect(behind()).toBeUndefined()
    expect(hanging.closed).toBe(false)
    expect(skipping.story).toEqual(['open', 'unexpected answer 1'])
    expect(values()).toEqual(['a', 'b'])
  })

  test('loses a request, and goes on as if nothing was', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', () => ({ execute: false, drop: 'skip' }))
    const client = connect()
    askProduce(client, makeBatch())
    askMetadata(client)
    clock.advance(1_000)

    expect(client.story).toEqual(['open', 'unexpected answer 1'])
    expect(values()).toEqual([])
  })

  test('changes answers and sends whatever bytes it is told to', async () => {
    const { clock, cluster, connect } = await stage()
    const undo = cluster.intercept('InitProducerId', () => ({ answer: response => ({ ...response, producerId: 99n }) }))
    const client = connect()
    const changed = client.ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 0 })
    clock.runSoon()
    expect(changed.response!.producerId).toBe(99n)

    undo()
    cluster.intercept('InitProducerId', () => ({ bytes: frame => Buffer.concat([frame, frame]) }))
    client.ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 0 })
    clock.runSoon()
    expect(client.frames).toHaveLength(3)
    expect(client.story).toEqual(['open', 'unexpected answer 1'])
  })

  test('fails single topics and partitions of Metadata', async () => {
    const { clock, cluster, connect } = await stage({ topics: { orders: 2, bills: 1 } })
    cluster.intercept('Metadata', () => ({
      error: (topic, partition) => (topic === 'bills' ? 29 : topic === 'orders' && partition === 1 ? 5 : 0)
    }))
    const pending = connect().ask(metadataApi, 13, { topics: null, allowAutoTopicCreation: false })
    clock.runSoon()

    const { errorCode, topics } = pending.response!
    expect(errorCode).toBe(0)
    expect(topics.map(topic => [topic.errorCode, topic.partitions.map(partition => partition.errorCode)])).toEqual([
      [0, [0, 5]],
      [29, []]
    ])
  })

  test('fails single partitions of Fetch and reads the others', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    askProduce(client, makeBatch())
    let spared = true
    cluster.intercept('Fetch', () => ({ error: topic => (topic === 'orders' && !spared ? 9 : 0) }))
    const ask = (): Pending<FetchAnswer> => {
      const question = { topic: 'orders', partition: 0, offset: 0n, maxWaitMs: 0, minBytes: 1, maxBytes: 1000 }
      const pending = client.ask(fetchByHand, 4, question)
      clock.runSoon()
      return pending
    }

    expect(ask().response).toEqual({ errorCode: 0, highWatermark: 1n, batches: [0n] })
    spared = false
    expect(ask().response).toEqual({ errorCode: 9, highWatermark: -1n, batches: [] })
  })

  test.each([
    [false, [0, 7], 0],
    [true, [0, 7], 1]
  ])(
    'makes topics that are spared, and the others only if the request is executed (%s)',
    async (execute, codes, made) => {
      const { clock, cluster, connect } = await stage()
      cluster.intercept('CreateTopics', () => ({ error: topic => (topic === 'second' ? 7 : 0), execute }))
      const topics = ['first', 'second'].map(name => ({
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: []
      }))
      const pending = connect().ask(createTopicsApi, 7, { topics })
      clock.runSoon()

      expect(pending.response!.topics.map(({ errorCode }) => errorCode)).toEqual(codes)
      expect(pending.response!.topics[0]!.topicId).toBe(cluster.topicId('first'))
      expect(cluster.partitionCount('second')).toBe(made)
    }
  )

  test('does what was asked where the error of the whole is none', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.intercept('InitProducerId', () => ({ error: topic => (topic === 'orders' ? 1 : 0) }))
    const pending = connect().ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 0 })
    clock.runSoon()

    expect(pending.response).toMatchObject({ errorCode: 0, producerId: 0n })
  })

  test('asks the latest handler first, and the ones before when it has nothing to say', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.intercept('Produce', () => ({ error: 1 }))
    cluster.intercept('Produce', ({ correlationId }) => (correlationId === 0 ? { error: 2 } : undefined))
    const client = connect()
    const answers = [askProduce(client, makeBatch()), askProduce(client, makeBatch())]
    clock.runSoon()

    expect(answers.map(answer => onlyPartition(answer).errorCode)).toEqual([2, 1])
  })

  test('asks a handler that was given twice as often, until each is taken back', async () => {
    const { clock, cluster, connect } = await stage()
    let asked = 0
    const handler = (): undefined => {
      asked++
    }
    const undo = cluster.intercept('Produce', handler)
    cluster.intercept('Produce', handler)
    const client = connect()
    askProduce(client, makeBatch())
    clock.runSoon()
    undo()
    askProduce(client, makeBatch())
    clock.runSoon()

    expect(asked).toBe(3)
  })

  test('waits for a handler that answers with a promise', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.intercept('Produce', async () => ({ error: 3 }))
    const answer = askProduce(connect(), makeBatch())
    clock.runSoon()
    expect(answer.response).toBeUndefined()
    await Promise.resolve()
    await Promise.resolve()
    clock.runSoon()

    expect(onlyPartition(answer).errorCode).toBe(3)
  })

  const mistakes: readonly [name: string, handler: InterceptHandler<'Produce'>][] = [
    [
      'throws',
      () => {
        throw new Error('a mistake')
      }
    ],
    ['rejects', () => Promise.reject(new Error('a mistake'))],
    [
      'gives an error function that throws',
      () => ({
        error: () => {
          throw new Error('a mistake')
        }
      })
    ],
    [
      'gives an answer function that throws, later',
      () => ({
        delay: 10,
        answer: () => {
          throw new Error('a mistake')
        }
      })
    ]
  ]
  test.each(mistakes)(
    'of a handler that %s surfaces, ends its connection and harms no other',
    async (_name, handler) => {
      const { clock, cluster, connect, values } = await stage()
      const undo = cluster.intercept('Produce', handler)
      const [client, other] = [connect(), connect()]
      const surfaced = await surfacing(async () => {
        askProduce(client, makeBatch({ values: ['lost'] }))
        clock.runSoon()
        await Promise.resolve()
        clock.advance(20)
      })
      undo()
      askProduce(other, makeBatch({ values: ['fine'] }))
      clock.runSoon()

      expect(surfaced).toEqual(['a mistake'])
      expect(client.story).toEqual(['open', 'close read ECONNRESET broker-1:9092'])
      expect(values().at(-1)).toBe('fine')
    }
  )

  test('throttles: says for how long, and is deaf for that time', async () => {
    const { clock, cluster, connect } = await stage()
    const undo = cluster.throttle(500)
    const client = connect()
    const first = askProduce(client, makeBatch())
    clock.runSoon()
    expect(first.response!.throttleTimeMs).toBe(500)
    undo()
    const second = askProduce(client, makeBatch())
    clock.advance(499)
    expect(second.response).toBeUndefined()
    clock.advance(1)
    expect(second.response!.throttleTimeMs).toBe(0)
  })
})
