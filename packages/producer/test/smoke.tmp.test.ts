// temp
import { EventEmitter } from 'node:events'
import { test, expect } from 'vitest'
import { systemClock, systemRandom, silentObserver } from '@sluice/core'
import { Producer, stringSerializers } from '@sluice/producer'

function fakePool(): never {
  const clock = systemClock
  let offset = 0n
  let requests = 0
  const conn: any = Object.assign(new EventEmitter(), {
    address: { host: 'x', port: 1, nodeId: 1 }, state: 'ready', inFlight: 0, writable: true,
    versionOf: () => 12,
    send(api: any, req: any, cb: any) {
      let res: any
      if (api.name === 'Metadata') res = { throttleTimeMs: 0, errorCode: 0, clusterId: 'c', controllerId: 1, clusterAuthorizedOperations: 0, brokers: [{ nodeId: 1, host: 'x', port: 1, rack: null }],
        topics: (req.topics ?? []).map((t: any) => ({ errorCode: 0, name: t.name, topicId: '00000000-0000-0000-0000-000000000000', isInternal: false, topicAuthorizedOperations: 0, partitions: Array.from({ length: 6 }, (_, i) => ({ errorCode: 0, partitionIndex: i, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] })) })) }
      else if (api.name === 'InitProducerId') res = { throttleTimeMs: 0, errorCode: 0, producerId: 7n, producerEpoch: 0 }
      else if (api.name === 'Produce') {
        requests++
        res = { throttleTimeMs: 0, nodeEndpoints: [], responses: req.topics.map((t: any) => ({ name: t.name, topicId: t.topicId, partitions: t.partitions.map((p: any) => ({ index: p.index, errorCode: 0, baseOffset: offset++, logAppendTimeMs: -1n, logStartOffset: 0n, recordErrors: [], errorMessage: null, currentLeader: { leaderId: -1, leaderEpoch: -1 } })) })) }
      } else throw new Error(api.name)
      setImmediate(() => cb(null, res))
      return true
    }
  })
  const pool: any = Object.assign(new EventEmitter(), {
    clock, random: systemRandom, observer: silentObserver,
    settings: { clientId: 'x', requestTimeoutMs: 30000, connectTimeoutMs: 10000, maxInflights: 5 },
    acquire(_a: any, _l: any, cb: any) { setImmediate(() => cb(null, conn)) },
    peek() { return conn }, updateBrokers() {}, connections() { return [conn] }, close(cb: any) { cb?.(null) },
    get requests() { return requests }
  })
  return pool as never
}

test('smoke', async () => {
  const pool: any = fakePool()
  const producer = new Producer({ bootstrapBrokers: ['x:1'], serializers: stringSerializers, connections: pool })
  const r = await producer.send({ messages: [{ topic: 't', key: 'a', value: 'b' }] })
  console.log(r, producer.producerId, producer.stats())
  const many = await Promise.all(Array.from({ length: 1000 }, (_, i) => producer.send({ messages: [{ topic: 't', key: `k${i}`, value: 'v'.repeat(100) }] })))
  console.log(many.length, pool.requests, many[5])
  const value = 'v'.repeat(100)
  for (const round of [1, 2, 3]) {
    const t = performance.now()
    for (let i = 0; i < 50; i++) await producer.send({ messages: Array.from({ length: 10_000 }, (_, i) => ({ topic: 't', key: `key-${i}`, value })) })
    const t2 = performance.now()
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 1000 }, (_, i) => producer.send({ messages: [{ topic: 't', key: `k${i}`, value }] })))
    const t3 = performance.now()
    for (let i = 0; i < 1000; i++) await producer.send({ messages: Array.from({ length: 100 }, (_, i) => ({ topic: 't', key: `key-${i}`, value })) })
    const t4 = performance.now()
    for (let i = 0; i < 10000; i++) await producer.send({ messages: [{ topic: 't', key: `key-${i}`, value }] })
    const t5 = performance.now()
    console.log(round, 'us/msg seq10k', ((t2 - t) / 500).toFixed(3), 'conc1k', ((t3 - t2) / 100).toFixed(3), 'seq100', ((t4 - t3) / 100).toFixed(3), 'seq1', ((t5 - t4) / 10).toFixed(3))
  }
  await producer.flush()
  console.log(producer.stats())
  await producer.close()
  expect(1).toBe(1)
})
