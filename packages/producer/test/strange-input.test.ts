// Lists, headers and bytes that are not what they seem.
import { expect, test } from 'vitest'
import { stringSerializers, type ProducerMessage } from '@sluice/producer'
import { errorOf, Stage, text, warm } from './stage.ts'

test('a hole in a list that must be all right refuses the call', async () => {
  await using stage = await Stage.set({}, { strict: true })
  const messages: object[] = []
  messages[1] = { topic: 'orders', value: 'v', partition: 0 }
  const error = await stage.during(errorOf(stage.producer.send({ messages: messages as never })))
  expect((error as Error).message).toContain('messages[0] is undefined, not an object')
  expect(stage.cluster.logNow('orders', 0)).toEqual([])
})

test.each([Number.NaN, 0.5, -1, '2', undefined])(
  'a list whose length is %s is none, and a close ends',
  async length => {
    await using stage = await Stage.set()
    const list = new Proxy([], {
      get: (given, name) => (name === 'length' ? length : (Reflect.get(given, name) as unknown))
    })
    const error = await stage.during(errorOf(stage.producer.send({ messages: list })))
    expect(error).toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT', outcome: 'not-persisted' })
    await stage.during(stage.producer.close())
  }
)

test('options of a call that a class gives, some of them by accessors, are used', async () => {
  class Call {
    readonly messages = [{ topic: 'orders', value: 'v' }]
    get signal(): AbortSignal {
      return AbortSignal.abort()
    }
  }
  await using stage = await Stage.set()
  expect(await stage.during(errorOf(stage.producer.send(new Call())))).toMatchObject({ code: 'KAFKA_ABORTED' })
})

function besideAGoodOne(
  headers: ProducerMessage<string, string, string, string>['headers']
): ProducerMessage<string, string, string, string>[] {
  return [
    { topic: 'orders', value: 'grows', partition: 0, headers },
    { topic: 'orders', value: 'good', partition: 0 }
  ]
}

test('a list of headers that grows while its record is made: the record has those that were there, and its neighbour is sent', async () => {
  const grown: [string, string][] = [['a', '1']]
  const headerValue = (value: string): string => {
    if (grown.length === 1) grown.push(['b', '2'])
    return value
  }
  await using stage = await Stage.set({}, { serializers: { ...stringSerializers, headerValue } })
  await warm(stage)
  await stage.during(stage.producer.send({ messages: besideAGoodOne(grown) }))
  const log = stage.cluster.logNow('orders', 0)
  expect(text(log)).toEqual(['warm', 'grows', 'good'])
  expect(log.map(({ headers }) => headers.length)).toEqual([0, 1, 0])
})

test('a Map of headers that grows so fails its record, and its neighbour is sent', async () => {
  const grown = new Map([['a', '1']])
  const headerValue = (value: string): string => {
    // Each time: who goes on as long as there is more never ends.
    grown.set(`b${grown.size}`, '2')
    return value
  }
  await using stage = await Stage.set({}, { serializers: { ...stringSerializers, headerValue } })
  await warm(stage)
  const error = await stage.during(errorOf(stage.producer.send({ messages: besideAGoodOne(grown) })))
  expect((error as Error).message).toContain('headers changed while they were written')
  expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'good'])
})

test.each(['key', 'value'])('a %s whose memory was given away is told of, and nothing is written', async field => {
  await using stage = await Stage.set({}, { serializers: {} })
  const bytes = new Uint8Array(9)
  structuredClone(bytes, { transfer: [bytes.buffer] })
  const message = { topic: 'orders', partition: 0, key: 'k', value: 'v', [field]: bytes }
  const error = await stage.during(errorOf(stage.producer.send({ messages: [message as never] })))
  expect((error as Error).message).toMatch(/detached/)
  expect(stage.cluster.logNow('orders', 0)).toEqual([])
})
