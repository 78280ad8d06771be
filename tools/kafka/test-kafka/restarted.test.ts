// A broker writes, restarts before its answers arrive, and remembers only the last batch of each producer: nothing is in doubt at the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { Producer, stringSerializers, tcp, type DataLoss } from '@sluice/producer'

/** TCP whose answers are swallowed while `deaf`. */
function deafening(state: { deaf: boolean }): ReturnType<typeof tcp> {
  const inner = tcp()
  return {
    ...inner,
    connect: (address, events) =>
      inner.connect(address, {
        onOpen: () => events.onOpen(),
        onData: chunk => {
          if (!state.deaf) events.onData(chunk)
        },
        onDrain: () => events.onDrain(),
        onClose: cause => events.onClose(cause)
      })
  }
}

async function untilWritten(kafka: KafkaCluster, topic: string, count: number): Promise<void> {
  while ((await kafka.summary(topic)).count < count) await sleep(200)
}

test.each(['terminate', 'kill'] as const)(
  '%s: what was written is acknowledged, once, and no loss is told',
  async how => {
    await using kafka = await startKafka({ nodes: 1 })
    const topic = 'orders'
    await kafka.createTopic(topic, { partitions: 1, replicationFactor: 1 })
    const state = { deaf: false }
    const losses: DataLoss[] = []
    const producer = new Producer({
      bootstrapBrokers: [kafka.bootstrap],
      transport: deafening(state),
      serializers: stringSerializers,
      requestTimeout: 3_000
    })
    producer.on('producer:dataloss', loss => losses.push(loss))
    const send = (value: string): Promise<unknown> => producer.send({ messages: [{ topic, value }] })
    await send('a')
    state.deaf = true
    const sends: Promise<unknown>[] = []
    // One batch each: those of one turn would share one.
    for (const value of ['b', 'c', 'd']) {
      sends.push(send(value))
      await sleep(50)
    }
    await untilWritten(kafka, topic, 4)
    await kafka[how](1)
    state.deaf = false
    await kafka.restart(1)
    await Promise.all(sends)
    await send('e')
    await producer.close()
    expect((await kafka.read(topic)).map(({ value }) => value?.toString())).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(losses).toEqual([])
  },
  180_000
)
