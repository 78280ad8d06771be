// What a send is told when no broker can be reached at all, or none says where to write.
import { ConnectionError, type KafkaError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { errorOf, failureOf, Stage, warm } from './stage.ts'

test('a send that waited in vain for metadata names why no broker answered', async () => {
  const problem = new ConnectionError('port 9093 does not speak TLS', { problem: 'tls-to-plaintext' })
  const transport = {
    connect: () => {
      throw problem
    }
  }
  await using stage = await Stage.set({}, { transport, bufferTimeout: 1_000 })
  const error = await stage.during(failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
  expect(error.message).toMatch(/within bufferTimeout \(1000 ms\): .*does not speak TLS/)
  expect(error.failures[0]).toMatchObject({
    outcome: 'not-persisted',
    error: { code: 'KAFKA_TIMEOUT', limitMs: 1_000, cause: { problem: 'tls-to-plaintext' } }
  })
})

test.each([{ bufferTimeout: 1_000 }, { deliveryTimeout: 1_000 }])(
  'a send to a missing topic whose time is over before that is certain names what brokers say: %o',
  async limit => {
    await using stage = await Stage.set({}, { ...limit, linger: 0, requestTimeout: 500 })
    const error = await stage.during(failureOf(stage.producer.send({ messages: [{ topic: 'missing', value: 'v' }] })))
    expect(error.message).toMatch(/\(1000 ms\): .*UNKNOWN_TOPIC_OR_PARTITION \(3\) for missing/)
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { code: 'KAFKA_TIMEOUT', limitMs: 1_000, cause: { errorCode: 3, topic: 'missing' } }
    })
  }
)

test('what became of an earlier send to the topic is not why a later one waits in vain', async () => {
  await using stage = await Stage.set({ brokers: 1 }, { bufferTimeout: 10_000 })
  const send = { messages: [{ topic: 'missing', value: 'v' }] }
  const first = await stage.during(failureOf(stage.producer.send(send)))
  expect(first.failures[0]!.error.code).toBe('KAFKA_UNKNOWN_TOPIC')
  await stage.cluster.kill(1)
  const second = await stage.during(failureOf(stage.producer.send(send)))
  expect(second.failures[0]!.error).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { code: 'KAFKA_CONNECTION' } })
})

describe('a send whose time is over before it could leave, though brokers answer', () => {
  async function inVain(hinder: (stage: Stage) => Promise<void>): Promise<KafkaError> {
    await using stage = await Stage.set({}, { deliveryTimeout: 5_000, requestTimeout: 1_000 })
    await hinder(stage)
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] })
    return (await stage.during(failureOf(sent))).failures[0]!.error
  }

  test('says why it got no identity', async () => {
    const error = await inVain(async stage => {
      stage.cluster.intercept('InitProducerId', () => ({ error: 15 }))
    })
    expect(error.message).toMatch(
      /^Not delivered .* after 0 attempts; last: The broker answered COORDINATOR_NOT_AVAILABLE/
    )
    expect(error).toMatchObject({
      code: 'KAFKA_TIMEOUT',
      cause: { errorCode: 15 },
      delivery: { attempts: 0, firstError: { errorCode: 15 }, lastError: { errorCode: 15 } }
    })
  })

  test('says nothing of why an earlier send got no identity', async () => {
    await using stage = await Stage.set({}, { deliveryTimeout: 5_000, requestTimeout: 1_000, idempotent: true })
    const send = { messages: [{ topic: 'orders', value: 'v', partition: 0 }] }
    const refuse = stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const first = await stage.during(failureOf(stage.producer.send(send)))
    expect(first.failures[0]!.error).toMatchObject({ errorCode: 31 })
    refuse()
    stage.clock.advance(60_000)
    // Nobody answers for longer than the send has time.
    stage.cluster.intercept('InitProducerId', () => ({ answerDelay: 60_000 }))
    const { error } = (await stage.during(failureOf(stage.producer.send({ ...send, deliveryTimeout: 500 }))))
      .failures[0]!
    expect(error).toMatchObject({ code: 'KAFKA_TIMEOUT', delivery: { attempts: 0, lastError: null } })
  })

  test('nor of why the program got none that it asked for itself', async () => {
    await using stage = await Stage.set({}, { deliveryTimeout: 5_000, requestTimeout: 1_000, idempotent: true })
    const refuse = stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    expect(await stage.during(errorOf(stage.producer.initIdempotentProducer()))).toMatchObject({ errorCode: 31 })
    refuse()
    stage.clock.advance(60_000)
    stage.cluster.intercept('InitProducerId', () => ({ answerDelay: 60_000 }))
    const send = { messages: [{ topic: 'orders', value: 'v', partition: 0 }], deliveryTimeout: 500 }
    const { error } = (await stage.during(failureOf(stage.producer.send(send)))).failures[0]!
    expect(error).toMatchObject({ code: 'KAFKA_TIMEOUT', delivery: { attempts: 0, lastError: null } })
  })

  test('says that its partition has no leader', async () => {
    const error = await inVain(async stage => {
      await warm(stage)
      stage.cluster.moveLeader('orders', 0, -1)
      await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    })
    expect(error.message).toMatch(/after 0 attempts; last: The broker answered LEADER_NOT_AVAILABLE \(5\) for orders-0/)
    expect(error).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { errorCode: 5, topic: 'orders', partition: 0 } })
  })
})

describe('a broker that is reached, but advertises what is not', () => {
  /** The list names a way in; what metadata says then leads elsewhere. */
  async function lost(leads: (stage: Stage) => void): Promise<string> {
    await using stage = await Stage.set(
      { brokers: 1 },
      { bootstrapBrokers: ['front:9092'], connectTimeout: 1_000, deliveryTimeout: 5_000, requestTimeout: 1_000 }
    )
    stage.cluster.network!.setName('front', ['broker-1'])
    leads(stage)
    const error = await stage.during(failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
    const texts: string[] = []
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) texts.push(cause.message)
    return texts.join('\n')
  }

  test.each([
    ['refuses', ['nowhere'], /broker 1 at broker-1:9092 \(nowhere\) refused.*advertised\.listeners.*mapAddress/],
    ['cannot be resolved', new Error('ENOTFOUND'), /Cannot resolve broker-1/]
  ])('%s: the send says what to change', async (_, leads, says) => {
    expect(await lost(stage => stage.cluster.network!.setName('broker-1', leads))).toMatch(says)
  })

  test('is silent: the send says what to change', async () => {
    const text = await lost(stage => {
      stage.cluster.network!.setName('broker-1', ['silent'])
      stage.cluster.network!.isolate('silent')
    })
    expect(text).toMatch(/broker 1 at broker-1:9092 \(silent\) was not ready.*advertised\.listeners.*mapAddress/)
  })
})
