// An open producer keeps the process alive only while something is unsettled.
import { Producer, stringSerializers } from '@sluice/producer'
import { metadataApi } from '@sluice/protocol'
import { ManualClock, TestCluster, type ApiName } from '@sluice/testing'
import { expect, test } from 'vitest'
import { ProcessLife } from './process-life.ts'
import { errorOf, Stage, type TextProducer } from './stage.ts'

interface Scene {
  readonly stage: Stage
  readonly life: ProcessLife
  readonly producer: TextProducer
}

async function scene(): Promise<Scene> {
  const clock = new ManualClock()
  const cluster = await TestCluster.start({ brokers: 1, topics: { orders: 1 }, network: 'memory', clock })
  const life = new ProcessLife()
  const own = cluster.clientOptions()
  const watched = { clock: life.clock(clock), transport: life.transport(own.transport!) }
  const producer = new Producer({ ...own, ...watched, serializers: stringSerializers })
  return { stage: new Stage(clock, cluster, producer), life, producer }
}

const one = { messages: [{ topic: 'orders', value: 'v' }] }

for (const api of ['InitProducerId', 'Metadata', 'Produce'] satisfies ApiName[]) {
  test(`${api} is not answered: the process ends with the last call, not with the question`, async () => {
    const { stage, life, producer } = await scene()
    await using _ = stage
    stage.cluster.intercept(api, () => ({ drop: 'skip' }))
    expect(life.isOver).toBe(true)
    const sent = errorOf(producer.send({ ...one, deliveryTimeout: 1_000, bufferTimeout: 1_000 }))
    for (let ms = 0; ms < 990; ms += 10) {
      stage.clock.advance(10)
      expect(life.isOver, `${ms} ms`).toBe(false)
    }
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED' })
    expect(life.isOver).toBe(true)
  })
}

test('a producer that is left open keeps nothing alive between its calls, nor after one that waits for its answer no longer', async () => {
  const { stage, life, producer } = await scene()
  await using _ = stage
  await stage.during(producer.send(one))
  expect(life.isOver).toBe(true)
  stage.cluster.intercept('Produce', () => ({ answerDelay: 500 }))
  await stage.during(errorOf(producer.send({ ...one, deliveryTimeout: 100 })))
  expect(life.isOver).toBe(true)
  await stage.during(producer.close())
  expect(life.isOver).toBe(true)
})

test('what a program itself sends on a connection of the producer keeps the process alive', async () => {
  const { stage, life, producer } = await scene()
  await using _ = stage
  const [connection] = (await stage.during(producer.connectToBrokers())).values()
  expect(life.isOver).toBe(true)
  stage.cluster.intercept('Metadata', () => ({ answerDelay: 500 }))
  let isAnswered = false
  connection!.send(metadataApi, { topics: null, allowAutoTopicCreation: false }, () => (isAnswered = true))
  stage.clock.advance(400)
  expect([isAnswered, life.isOver]).toEqual([false, false])
  stage.clock.advance(200)
  expect([isAnswered, life.isOver]).toEqual([true, true])
})

// Story: a send is aborted while it is under way; its answer comes later and fences the producer, which asked for another
// identity. Nobody waited for it, and the process lived on for two minutes.
test('what an aborted call learns later keeps nothing alive', async () => {
  const { stage, life, producer } = await scene()
  await using _ = stage
  await stage.during(producer.send(one))
  stage.cluster.intercept('Produce', () => ({ error: 47, answerDelay: 500 }))
  stage.cluster.intercept('InitProducerId', () => ({ drop: 'skip' }))
  const abort = new AbortController()
  const sent = errorOf(producer.send({ ...one, signal: abort.signal }))
  stage.clock.advance(100)
  abort.abort()
  await stage.during(sent)
  stage.clock.advance(1_000)
  expect(life.isOver).toBe(true)
})
