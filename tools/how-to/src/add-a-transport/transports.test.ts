// Both pass the suite, over real sockets and without any; a producer's bytes are counted.
import { tcp } from '@sluice/connection'
import { Producer, stringSerializers } from '@sluice/producer'
import { MemoryNetwork, tcpListening, TestCluster, transportCompliance, type TransportSetup } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { counted } from './counted.ts'
import { socketTransport } from './socket-transport.ts'

const network = new MemoryNetwork()
const nobodyLooks = { sentBytes: 0, receivedBytes: 0 }

const setups: readonly (readonly [name: string, setup: TransportSetup])[] = [
  ['a socket', { transport: socketTransport(), listening: tcpListening }],
  ['a counted socket', { transport: counted(tcp(), nobodyLooks), listening: tcpListening }],
  ['a counted memory network', { transport: counted(network.transport(), nobodyLooks), listening: network }]
]

describe.each(setups)('%s', (_name, setup) => {
  for (const { name, run } of transportCompliance) it(name, () => run(setup))
})

it('carries what a producer sends', async () => {
  const cluster = await TestCluster.start({ topics: { orders: 1 } })
  const counts = { sentBytes: 0, receivedBytes: 0 }
  const transport = counted(socketTransport(), counts)
  const producer = new Producer({ ...cluster.clientOptions(), transport, serializers: stringSerializers })
  await producer.send({ messages: [{ topic: 'orders', value: 'x'.repeat(10_000) }] })
  await producer.close()
  expect(counts.sentBytes).toBeGreaterThan(10_000)
  expect(counts.receivedBytes).toBeGreaterThan(0)
  await cluster.stop()
})
