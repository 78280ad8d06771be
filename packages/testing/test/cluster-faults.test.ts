// What happens to brokers, logs and addresses, and to clients meanwhile.
import { encodeRequest, metadataApi, produceApi, type Frame } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { ManualClock, MemoryNetwork, TestCluster } from '@sluice/testing'
import { askProduce, makeBatch, onlyPartition } from './raw-client.ts'
import { fetchByHand } from './raw-fetch.ts'
import { askMetadata, stage } from './raw-stage.ts'

describe('requests of clients that have gone', () => {
  async function play(
    abandonedRequests: 'dropped' | 'begun' | 'all',
    leave: { readonly acks: number; readonly cause?: Error }
  ): Promise<(string | undefined)[]> {
    const { clock, cluster, connect, values } = await stage({ abandonedRequests })
    cluster.intercept('Produce', ({ correlationId }) => ({ delay: correlationId === 0 ? 1000 : 0 }))
    const client = connect()
    askProduce(client, makeBatch({ values: ['begun'] }))
    for (const value of ['behind', 'last']) askProduce(client, makeBatch({ values: [value] }), { acks: leave.acks })
    clock.advance(10)
    client.stream.destroy(leave.cause)
    clock.advance(10_000)
    expect(cluster.connections()).toEqual([])
    return values()
  }
  const reset = new Error('gone')

  test('are finished once begun, as in Kafka', async () => {
    expect(await play('begun', { acks: -1, cause: reset })).toEqual(['begun'])
    expect(await play('begun', { acks: 0, cause: reset })).toEqual(['begun'])
  })

  test('that wait behind one that was begun are finished after a plain close if they want no answer, as in Kafka', async () => {
    expect(await play('begun', { acks: 0 })).toEqual(['begun', 'behind', 'last'])
  })

  test.each([undefined, reset])('can all be executed, or none, after a close with %s', async cause => {
    expect(await play('all', { acks: -1, ...(cause && { cause }) })).toEqual(['begun', 'behind', 'last'])
    expect(await play('dropped', { acks: -1, ...(cause && { cause }) })).toEqual([])
  })
})

describe('brokers', () => {
  test('that are killed reset their clients and hand their partitions over', async () => {
    const { clock, cluster, connect } = await stage()
    const [client, other] = [connect(1), connect(2)]
    await cluster.kill(1)
    clock.runSoon()
    expect(client.story).toEqual(['open', 'close read ECONNRESET broker-1:9092'])
    expect(connect(1).story).toEqual(['close connect ECONNREFUSED broker-1:9092'])
    const leaders = askMetadata(other)
    clock.runSoon()
    expect(leaders()).toEqual([2, 2, 3])
    expect(cluster.leadership('orders', 0)).toEqual({ leaderId: 2, leaderEpoch: 1, replicas: [1, 2, 3], isr: [2, 3] })

    await cluster.restart(1)
    expect(connect(1).story).toEqual(['open'])
    expect(cluster.leadership('orders', 0)).toEqual({
      leaderId: 2,
      leaderEpoch: 1,
      replicas: [1, 2, 3],
      isr: [2, 3, 1]
    })
  })

  test('leave their partitions without a leader until an election, if the test wants that', async () => {
    const { cluster } = await stage()
    await cluster.kill(1, { elect: false })
    expect(cluster.leadership('orders', 0).leaderId).toBe(1)
    cluster.elect()
    expect(cluster.leadership('orders', 0).leaderId).toBe(2)
  })

  test('lead again what nobody led when they come back', async () => {
    const { cluster } = await stage()
    for (const id of [1, 2, 3]) await cluster.kill(id)
    expect(cluster.leadership('orders', 0)).toMatchObject({ leaderId: -1, isr: [3] })
    await cluster.restart(1)
    expect(cluster.leadership('orders', 0).leaderId).toBe(-1)
    await cluster.restart(3)
    expect(cluster.leadership('orders', 0)).toMatchObject({ leaderId: 3, isr: [3, 1] })
  })

  test('remember only the last batch of each producer when they are started again', async () => {
    const { clock, cluster, connect } = await stage({ brokers: 1 })
    const answers = (sequences: readonly number[]): (readonly [errorCode: number, baseOffset: bigint])[] => {
      const client = connect()
      const pending = sequences.map(sequence => askProduce(client, makeBatch({ producerId: 7n, sequence })))
      clock.runSoon()
      return pending.map(each => [onlyPartition(each).errorCode, onlyPartition(each).baseOffset])
    }
    answers([0, 1, 2])
    expect(answers([1])).toEqual([[0, 1n]])
    await cluster.kill(1)
    await cluster.restart(1)
    expect(answers([1, 2, 3, 2])).toEqual([
      [45, -1n],
      [0, 2n],
      [0, 3n],
      [0, 2n]
    ])
  })

  test('forget what they had begun when they are killed', async () => {
    const { clock, cluster, connect, values } = await stage({ brokers: 1 })
    cluster.intercept('Produce', () => ({ delay: 100 }))
    askProduce(connect(), makeBatch())
    clock.advance(50)
    await cluster.kill(1)
    await cluster.restart(1)
    clock.advance(1000)

    expect(values()).toEqual([])
  })

  test('finish nothing that they had begun for clients that have gone, when they are killed', async () => {
    const { clock, cluster, connect, values } = await stage({ brokers: 1 })
    cluster.intercept('Produce', () => ({ delay: 100 }))
    const client = connect()
    askProduce(client, makeBatch())
    clock.runSoon()
    client.stream.destroy(new Error('gone'))
    clock.runSoon()
    await cluster.kill(1)
    await cluster.restart(1)
    clock.advance(1000)

    expect(values()).toEqual([])
  })

  test('go on, once they are resumed, with what they had begun for clients that have gone', async () => {
    const { clock, cluster, connect, values } = await stage({ brokers: 1 })
    cluster.intercept('Produce', () => ({ delay: 100 }))
    const client = connect()
    askProduce(client, makeBatch({ values: ['begun'] }))
    clock.runSoon()
    cluster.pause(1)
    client.stream.destroy(new Error('gone'))
    clock.advance(1000)
    expect(values()).toEqual([])
    cluster.resume(1)

    expect(values()).toEqual(['begun'])
  })

  test('that are up are not started again, and forget nothing', async () => {
    const { clock, cluster, connect } = await stage({ brokers: 1 })
    const client = connect()
    for (const sequence of [0, 1]) askProduce(client, makeBatch({ producerId: 7n, sequence }))
    clock.runSoon()
    await expect(cluster.restart(1)).rejects.toThrow('Broker 1 is up: kill it before it is restarted')
    const again = askProduce(client, makeBatch({ producerId: 7n, sequence: 0 }))
    clock.runSoon()

    expect(onlyPartition(again)).toMatchObject({ errorCode: 0, baseOffset: 0n })
  })

  test('that are down cannot be paused, and are not when they come back', async () => {
    const { clock, cluster, connect } = await stage({ brokers: 1 })
    await cluster.kill(1)
    expect(() => cluster.pause(1)).toThrow('Broker 1 is down and cannot be paused')
    cluster.resume(1)
    await cluster.restart(1)
    const answer = askProduce(connect(), makeBatch())
    clock.runSoon()

    expect(onlyPartition(answer).errorCode).toBe(0)
  })

  test('whose port is taken say so, and can be started elsewhere', async () => {
    const { cluster, connect } = await stage({ brokers: 1 })
    await cluster.kill(1)
    const other = cluster.network!.listenNow('broker-1', 9092, () => connect())
    await expect(cluster.restart(1)).rejects.toThrow('Something listens on broker-1:9092 already')
    await new Promise<void>(resolve => {
      other.close(resolve)
    })
    await cluster.restart(1)

    expect(connect(1).story).toEqual(['open'])
  })

  test('take connections and do nothing while they are paused', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept('Produce', ({ clientId }) => ({ delay: clientId === 'raw' ? 10 : 0 }))
    const before = connect()
    const begun = askProduce(before, makeBatch({ values: ['begun'] }))
    clock.runSoon()
    cluster.pause(1)
    const during = connect()
    const waiting = askProduce(during, makeBatch({ values: ['waiting'] }))
    clock.advance(60_000)
    expect(during.story).toEqual(['open'])
    expect([begun.response, waiting.response]).toEqual([undefined, undefined])
    expect(values()).toEqual([])

    cluster.resume(1)
    clock.advance(10)
    expect([onlyPartition(begun).baseOffset, onlyPartition(waiting).baseOffset]).toEqual([0n, 1n])
  })

  test('can be made to close a connection at every byte of a request, and never take half of one', async () => {
    const batch = makeBatch({ values: ['whole'] })
    const place = { name: 'orders', partitions: [{ index: 0, records: batch }] }
    const frame: Frame = encodeRequest(produceApi, 9, 0, 'raw', { acks: 1, timeoutMs: 0, topics: [place] })
    const { clock, cluster, connect, values } = await stage()
    for (let bytes = 1; bytes < frame.bytes; bytes++) {
      const client = connect()
      cluster.connections(1)[0]!.closeAfterReceiving(bytes)
      client.stream.write(frame.segments, () => {})
      clock.runSoon()
      expect(client.closed).toBe(true)
    }

    expect(values()).toEqual([])
  })
})

describe('a cluster', () => {
  test('that cannot be started leaves nobody who listens', async () => {
    const clock = new ManualClock()
    const network = new MemoryNetwork({ clock })
    const start = (hostOf: (id: number) => string): Promise<TestCluster> =>
      TestCluster.start({ brokers: 2, network, clock, hostOf })
    await expect(start(() => 'same')).rejects.toThrow('Something listens on same:9092 already')
    await expect(TestCluster.start({ network, clock, topics: { 'no/good': 1 } })).rejects.toThrow('no/good')

    const cluster = await start(id => (id === 1 ? 'same' : 'broker-1'))
    expect(cluster.addresses).toEqual(['same:9092', 'broker-1:9092'])
  })

  test('that was stopped has nothing more to do', async () => {
    const { clock, cluster, connect, values } = await stage()
    cluster.intercept(
      'Produce',
      ({ correlationId }) => [{ delay: 60_000 }, { answerDelay: 60_000 }, { throttle: 60_000 }][correlationId]
    )
    const gone = connect()
    askProduce(gone, makeBatch({ values: ['gone'] }))
    clock.runSoon()
    gone.stream.destroy(new Error('gone'))
    const [first, second] = [connect(), connect()]
    askMetadata(first)
    askProduce(first, makeBatch({ values: ['answered late'] }))
    for (let asked = 0; asked < 2; asked++) askMetadata(second)
    askProduce(second, makeBatch({ values: ['throttled'] }))
    connect(2).ask(fetchByHand, 4, {
      topic: 'orders',
      partition: 1,
      offset: 0n,
      maxWaitMs: 60_000,
      minBytes: 1,
      maxBytes: 1
    })
    clock.runSoon()
    expect(clock.pendingTimers).toBeGreaterThan(3)
    await cluster.stop()
    expect(clock.pendingTimers).toBe(0)
    clock.advance(100_000)

    expect(values()).toEqual(['answered late', 'throttled'])
  })
})

describe('logs', () => {
  test('lose acknowledged records and what was known of their producer', async () => {
    const { clock, cluster, connect, values } = await stage()
    const client = connect()
    for (let sequence = 0; sequence < 4; sequence++) {
      askProduce(client, makeBatch({ values: [`${sequence}`], producerId: 7n, sequence }))
    }
    clock.runSoon()
    cluster.truncate('orders', 0, 2n)
    const next = askProduce(client, makeBatch({ values: ['4'], producerId: 7n, sequence: 4 }))
    const lost = askProduce(client, makeBatch({ values: ['2 again'], producerId: 7n, sequence: 2 }))
    clock.runSoon()

    expect(onlyPartition(next).errorCode).toBe(45)
    expect(onlyPartition(lost)).toMatchObject({ errorCode: 0, baseOffset: 2n })
    expect(values()).toEqual(['0', '1', '2 again'])
  })

  test('forget producers and then take any sequence, or only the first', async () => {
    for (const acceptUnknownProducer of [true, false]) {
      const { clock, cluster, connect } = await stage({ acceptUnknownProducer })
      const client = connect()
      askProduce(client, makeBatch({ producerId: 7n, sequence: 0 }))
      clock.runSoon()
      cluster.expireProducers('orders')
      const answer = askProduce(client, makeBatch({ producerId: 7n, sequence: 9 }))
      clock.runSoon()
      expect(onlyPartition(answer).errorCode).toBe(acceptUnknownProducer ? 0 : 45)
    }
  })

  test('lose their beginning and say where they begin now', async () => {
    const { clock, cluster, connect, values } = await stage()
    const client = connect()
    for (const value of ['a', 'b', 'c']) askProduce(client, makeBatch({ values: [value, `${value}${value}`] }))
    clock.runSoon()
    cluster.deleteRecords('orders', 0, 3n)
    const answer = askProduce(client, makeBatch({ values: ['d'] }))
    clock.runSoon()

    expect(onlyPartition(answer)).toMatchObject({ baseOffset: 6n, logStartOffset: 3n })
    expect(values()).toEqual(['bb', 'c', 'cc', 'd'])
  })

  test('keep no more than they are told to', async () => {
    const { clock, cluster, connect } = await stage({ topics: { orders: { retentionBytes: 10_000 } } })
    const client = connect()
    for (let written = 0; written < 200; written++) askProduce(client, makeBatch({ values: ['x'.repeat(200)] }))
    clock.runSoon()

    const { startOffset, endOffset } = cluster.offsets('orders', 0)
    expect(endOffset).toBe(200n)
    expect(Number(endOffset - startOffset)).toBeLessThan(80)
    expect(cluster.logNow('orders')[0]!.offset).toBe(startOffset)
  })

  test('of a topic made again are empty, under another id', async () => {
    const { clock, cluster, connect, values } = await stage()
    const client = connect()
    askProduce(client, makeBatch({ values: ['old'] }))
    clock.runSoon()
    const topicId = cluster.topicId('orders')
    cluster.deleteTopic('orders')
    cluster.createTopic('orders', 1)
    const old = askProduce(client, makeBatch(), { topicId, version: 13 })
    clock.runSoon()

    expect(onlyPartition(old).errorCode).toBe(100)
    expect(cluster.topicId('orders')).not.toBe(topicId)
    expect(values()).toEqual([])
  })

  test('grow in number', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.createPartitions('orders', 5)
    const leaders = askMetadata(connect())
    clock.runSoon()

    expect(leaders()).toEqual([1, 2, 3, 1, 2])
  })

  test('name the package that would read them', async () => {
    const { clock, cluster, connect } = await stage()
    const batch = makeBatch()
    batch.writeInt16BE(4, 21)
    const { crc32c } = await import('@sluice/protocol')
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17)
    const answer = askProduce(connect(), batch)
    clock.runSoon()

    expect(onlyPartition(answer).errorCode).toBe(0)
    await expect(cluster.log('orders')).rejects.toThrow('@sluice/compression-zstd')
    expect(() => cluster.logNow('orders')).toThrow('@sluice/compression-zstd')
  })
})

describe('addresses', () => {
  test('change when a broker comes back on another port', async () => {
    const { clock, cluster, connect } = await stage()
    await cluster.kill(2)
    await cluster.restart(2, { port: 9999 })
    const pending = connect(1).ask(metadataApi, 12, { topics: [], allowAutoTopicCreation: false })
    clock.runSoon()

    expect(pending.response!.brokers.map(({ port }) => port)).toEqual([9092, 9999, 9092])
    expect(cluster.clientOptions().bootstrapBrokers[1]).toEqual({ host: 'broker-2', port: 9999 })
  })

  test('can lead to another cluster on the same network', async () => {
    const { clock, cluster, connect } = await stage()
    const network = cluster.network!
    const other = await TestCluster.start({ network, clock, seed: 2, hostOf: id => `other-${id}` })
    network.setName('broker-1', ['other-1'])
    const pending = connect(1).ask(metadataApi, 12, { topics: [], allowAutoTopicCreation: false })
    clock.runSoon()

    expect(pending.response!.clusterId).toBe(other.clusterId)
    expect(other.clusterId).not.toBe(cluster.clusterId)
  })

  test('are there again at once, within one turn of a simulation', async () => {
    const { clock, cluster, connect } = await stage()
    void cluster.kill(1)
    void cluster.restart(1)

    expect(connect(1).story).toEqual(['open'])
    clock.runSoon()
    expect(cluster.leadership('orders', 0).leaderId).toBe(2)
  })
})
