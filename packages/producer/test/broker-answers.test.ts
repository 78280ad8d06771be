// What the producer does about the answers that say more than "try again": one story for each.
import { describe, expect, test } from 'vitest'
import { ProduceAcks, type CompressionCodec } from '@sluice/core'
import { readBatchHeader, type BatchHeader } from '@sluice/protocol'
import { gzip } from '@sluice/producer'
import type { InterceptedRequest } from '@sluice/testing'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

const one = (value: string, partition = 0): { messages: { topic: string; value: string; partition: number }[] } => ({
  messages: [{ topic: 'orders', value, partition }]
})

interface Sent {
  readonly version: number
  readonly connection: number
  readonly bytes: Buffer
  readonly header: BatchHeader
}

/** The first batch of a request, as it was on the wire. */
function sentBy({ request, version, connection }: InterceptedRequest<'Produce'>): Sent {
  const bytes = Buffer.from(request.topics[0]!.partitions[0]!.records!)
  return { version, connection: connection.id, bytes, header: readBatchHeader(bytes, 0) }
}

/** Answers the first so many Produce requests with an error. Gives all that were sent. */
function refuseFirst(stage: Stage, count: number, error: number): Sent[] {
  const sent: Sent[] = []
  stage.cluster.intercept('Produce', event => {
    sent.push(sentBy(event))
    return sent.length <= count ? { error, delay: 20 } : undefined
  })
  return sent
}

describe('UNSUPPORTED_VERSION', () => {
  test('a broker that was replaced by an older one: asked anew what it speaks, and the same bytes in an older request', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    stage.cluster.intercept('ApiVersions', () => ({
      answer: response => ({
        ...response,
        apiKeys: response.apiKeys.map(each => (each.apiKey === 0 ? { ...each, maxVersion: 9 } : each))
      })
    }))
    const sent = refuseFirst(stage, 1, 35)
    await stage.during(stage.producer.send(one('v')))
    expect(sent.map(each => each.version)).toEqual([13, 9])
    expect(sent[1]!.connection).not.toBe(sent[0]!.connection)
    expect(sent[1]!.bytes).toEqual(sent[0]!.bytes)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'v'])
  })

  test('refused again on the new connection: not persisted, after two attempts', async () => {
    await using stage = await Stage.set()
    const sent = refuseFirst(stage, Infinity, 35)
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { errorCode: 35, delivery: { attempts: 2 } }
    })
    expect(sent).toHaveLength(2)
  })

  test('a broker that names no Produce version we speak: not persisted, long before the deadline', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('ApiVersions', () => ({
      answer: response => ({ ...response, apiKeys: response.apiKeys.filter(each => each.apiKey !== 0) })
    }))
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_UNSUPPORTED_VERSION' } })
    expect(stage.clock.monotonicMs()).toBeLessThan(10_000)
  })
})

describe('UNSUPPORTED_COMPRESSION_TYPE', () => {
  const large = 'compress me '.repeat(100)

  test('the same records go uncompressed, under the same sequence, and so do those that follow', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { compression: 'gzip' })
    await warm(stage)
    const sent = refuseFirst(stage, 1, 76)
    await stage.during(stage.producer.send(one(large)))
    await stage.during(stage.producer.send(one(large)))
    expect(sent.map(({ header }) => [header.codecId, header.baseSequence])).toEqual([
      [1, 1],
      [0, 1],
      [0, 2]
    ])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', large, large])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })

  test('from another broker the codec is taken', async () => {
    await using stage = await Stage.set({ brokers: 2 }, { compression: 'gzip' })
    stage.cluster.moveLeader('orders', 0, 1)
    stage.cluster.moveLeader('orders', 1, 2)
    const sent = refuseFirst(stage, 1, 76)
    await stage.during(stage.producer.send(one(large, 0)))
    await stage.during(stage.producer.send(one(large, 1)))
    expect(sent.map(({ header }) => header.codecId)).toEqual([1, 0, 1])
  })

  test('a codec on another thread unpacks them, and the connection is lost meanwhile: uncompressed all the same', async () => {
    const standard = gzip()
    let unpack = (): void => {}
    const unpacking = new Promise<void>(resolve => {
      unpack = resolve
    })
    const elsewhere: CompressionCodec = {
      id: standard.id,
      name: standard.name,
      compress: async input => standard.compress(input),
      decompress: async (input, maxBytes) => unpacking.then(async () => standard.decompress(input, maxBytes))
    }
    await using stage = await Stage.set({ brokers: 1 }, { compression: elsewhere })
    const sent = refuseFirst(stage, 1, 76)
    const send = stage.producer.send(one(large))
    for (let ms = 0; ms < 200; ms += 10) await stage.during(Promise.resolve())
    for (const connection of stage.cluster.connections()) connection.close()
    stage.clock.advance(100)
    unpack()
    await stage.during(send)
    expect(sent.map(({ header }) => header.codecId)).toEqual([1, 0])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual([large])
  })

  test('refused uncompressed as well: not persisted', async () => {
    await using stage = await Stage.set({}, { compression: 'gzip' })
    const sent = refuseFirst(stage, Infinity, 76)
    const error = await stage.during(failureOf(stage.producer.send(one(large))))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { errorCode: 76 } })
    expect(sent.map(({ header }) => header.codecId)).toEqual([1, 0])
  })

  test('without idempotence too', async () => {
    await using stage = await Stage.set({}, { compression: 'gzip', acks: ProduceAcks.LEADER })
    const sent = refuseFirst(stage, 1, 76)
    await stage.during(stage.producer.send(one(large)))
    expect(sent.map(({ header }) => header.codecId)).toEqual([1, 0])
  })
})

describe('CORRUPT_MESSAGE', () => {
  test('three times, and our bytes are as they were made: the fourth time they are taken', async () => {
    await using stage = await Stage.set()
    const sent = refuseFirst(stage, 3, 2)
    await stage.during(stage.producer.send(one('v')))
    expect(new Set(sent.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1)
  })

  test('four times: not persisted', async () => {
    await using stage = await Stage.set()
    refuseFirst(stage, Infinity, 2)
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { errorCode: 2, delivery: { attempts: 4 } }
    })
  })

  test('our own bytes are damaged: told as such, and not sent again', async () => {
    let memory: Uint8Array = new Uint8Array(0)
    const careless: CompressionCodec = {
      ...gzip(),
      compressInto: (_input, output, at) => {
        memory = output
        output.fill(7, at, at + 20)
        return 20
      }
    }
    await using stage = await Stage.set({}, { compression: careless })
    let requests = 0
    stage.cluster.intercept('Produce', () => {
      requests++
      memory[memory.indexOf(7, 61)]! ^= 0xff
      return { error: 2 }
    })
    const error = await stage.during(failureOf(stage.producer.send(one('v'.repeat(100)))))
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { code: 'KAFKA_CORRUPT_FRAME', retriable: false, delivery: { attempts: 1 } }
    })
    expect(error.message).toMatch(/damaged in this process's memory/)
    expect(requests).toBe(1)
  })
})

describe('TOPIC_AUTHORIZATION_FAILED', () => {
  test('fails all that is queued for the topic, and sends of the next second; then it is tried again', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const sent = refuseFirst(stage, 1, 29)
    const first = [0, 1, 2].map(async partition => errorOf(stage.producer.send(one('v', partition))))
    stage.clock.advance(5)
    const behind = [1, 2].map(async partition => errorOf(stage.producer.send(one('w', partition))))
    for (const error of await stage.during(Promise.all([...first, ...behind])))
      expect(error).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { errorCode: 29 } }] })
    expect(sent).toHaveLength(1)
    const soon = await stage.during(failureOf(stage.producer.send(one('x'))))
    expect(soon.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { errorCode: 29 } })
    expect(sent).toHaveLength(1)
    stage.clock.advance(1_000)
    await stage.during(stage.producer.send(one('y')))
    const log = stage.cluster.logNow('orders', 0)
    expect(text(log)).toEqual(['warm', 'y'])
    expect(log.map(({ sequence }) => sequence)).toEqual([0, 1])
  })

  test('other topics go on', async () => {
    await using stage = await Stage.set({ topics: { orders: 1, bills: 1 } })
    stage.cluster.intercept('Produce', () => ({ error: topic => (topic === 'orders' ? 29 : 0), execute: true }))
    const refused = errorOf(stage.producer.send(one('v')))
    const other = stage.producer.send({ messages: [{ topic: 'bills', value: 'b' }] })
    expect(await stage.during(refused)).toMatchObject({ outcome: 'not-persisted' })
    await stage.during(other)
  })
})

describe('CLUSTER_AUTHORIZATION_FAILED', () => {
  test('the identity is given up, and asked for anew, not at once, when something is sent again', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const first = stage.producer.producerId
    const asked: number[] = []
    stage.cluster.intercept('InitProducerId', () => {
      asked.push(stage.clock.monotonicMs())
      return undefined
    })
    const produced = refuseFirst(stage, 1, 31)
    const sent = [errorOf(stage.producer.send(one('v'))), errorOf(stage.producer.send(one('elsewhere', 1)))]
    stage.clock.advance(5)
    sent.push(errorOf(stage.producer.send(one('behind', 1))))
    for (const error of await stage.during(Promise.all(sent)))
      expect(error).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { errorCode: 31 } }] })
    expect(produced).toHaveLength(1)
    expect(stage.producer.producerId).toBe(undefined)
    expect(asked).toEqual([])
    const refusedMs = stage.clock.monotonicMs()
    await stage.during(stage.producer.send(one('w')))
    expect(asked[0]! - refusedMs).toBeGreaterThan(50)
    const log = stage.cluster.logNow('orders', 0)
    expect(text(log)).toEqual(['warm', 'w'])
    expect(log.map(({ producerId, sequence }) => [producerId === first, sequence])).toEqual([
      [true, 0],
      [false, 0]
    ])
  })

  test('without idempotence only the batch fails', async () => {
    await using stage = await Stage.set({}, { idempotent: false })
    refuseFirst(stage, 1, 31)
    expect(await stage.during(errorOf(stage.producer.send(one('v'))))).toMatchObject({ outcome: 'not-persisted' })
    await stage.during(stage.producer.send(one('w')))
  })
})

describe('PRODUCER_FENCED', () => {
  test('the batch ends, and what follows goes under a new identity', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const first = stage.producer.producerId
    refuseFirst(stage, 1, 90)
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { errorCode: 90 } })
    await stage.during(stage.producer.send(one('w')))
    const log = stage.cluster.logNow('orders', 0)
    expect(text(log)).toEqual(['warm', 'w'])
    expect(log[1]!.producerId).not.toBe(first)
  })
})

describe('INVALID_REQUEST', () => {
  test('not persisted, and the error has the numbers to find our mistake by', async () => {
    await using stage = await Stage.set()
    refuseFirst(stage, 1, 42)
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { errorCode: 42 } })
    expect(error.message).toMatch(/a batch of 1 records, \d+ bytes, \d+ on the wire, sequence 0 of producer 0\/0/)
  })
})

describe('every error of a record', () => {
  test('says how far it came, in a batch or not', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { retryDelay: 100 })
    const answers = [19, 6, 44]
    stage.cluster.intercept('Produce', () => ({ error: answers.shift() ?? 0 }))
    const inBatch = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(inBatch.failures[0]!.error.delivery).toMatchObject({
      attempts: 3,
      firstError: { errorCode: 19 },
      lastError: { errorCode: 44 },
      brokerId: 1
    })
    const startMs = stage.clock.monotonicMs()
    const missing = failureOf(stage.producer.send({ messages: [{ topic: 'missing', value: 'v' }] }))
    const { delivery } = (await stage.during(missing)).failures[0]!.error
    expect(delivery).toMatchObject({ attempts: 0, firstError: null, lastError: null, brokerId: null })
    expect(delivery!.elapsedMs).toBeGreaterThanOrEqual(5_000)
    expect(delivery!.elapsedMs).toBeLessThanOrEqual(stage.clock.monotonicMs() - startMs)
  })
})
