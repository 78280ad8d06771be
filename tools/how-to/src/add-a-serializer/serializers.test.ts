// Both pass the suite, and a producer writes with them.
import { Producer } from '@sluice/producer'
import { serializerCompliance, TestCluster, type SerializerSetup } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { pointSerializer, type Point } from './point.ts'
import { withSchema } from './with-schema.ts'

const points: SerializerSetup<Point> = {
  serializer: pointSerializer,
  examples: () => [
    { value: { x: 1, y: -1 }, bytes: Uint8Array.of(0, 0, 0, 1, 255, 255, 255, 255) },
    { value: { x: 0, y: 2 ** 31 - 1 } }
  ],
  refused: [{ x: 0.5, y: 0 }, {}]
}
const orders: SerializerSetup<object> = {
  serializer: withSchema(async () => 7),
  examples: () => [{ value: {}, bytes: Uint8Array.of(0, 0, 0, 0, 7, 0x7b, 0x7d) }, { value: { id: 1 } }]
}

describe('points', () => {
  for (const { name, run } of serializerCompliance) it(name, () => run(points))
})
describe('JSON with a schema', () => {
  for (const { name, run } of serializerCompliance) it(name, () => run(orders))
})

it('a producer uses them, and the compiler knows what may be sent', async () => {
  const cluster = await TestCluster.start({ topics: { places: 1 } })
  const producer = new Producer({
    ...cluster.clientOptions(),
    serializers: { key: pointSerializer, value: withSchema<{ name: string }>(async () => 7) }
  })
  await producer.send({ messages: [{ topic: 'places', key: { x: 1, y: 2 }, value: { name: 'Ulm' } }] })
  await producer.close()
  const [record] = await cluster.log('places')
  expect(record?.key?.toString('hex')).toBe('0000000100000002')
  expect(record?.value?.toString('latin1')).toBe('\0\0\0\0\u0007{"name":"Ulm"}')
  await cluster.stop()
})
