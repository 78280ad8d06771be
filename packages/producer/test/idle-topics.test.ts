// Topics that were written to once: metadata is not kept fresh for them for ever, and they can be written to again.
import { describe, expect, test } from 'vitest'
import type { ProducerOptions } from '@sluice/producer'
import { errorOf, Stage, text } from './stage.ts'

const minuteMs = 60_000

interface Scene {
  readonly stage: Stage
  /** Topics that metadata was asked for since the last call. */
  readonly asked: () => string[]
}

async function scene(options: Partial<ProducerOptions<string, string, string, string>> = {}): Promise<Scene> {
  const stage = await Stage.set({ topics: { orders: 1, busy: 1 } }, options)
  const names = new Set<string>()
  stage.cluster.intercept('Metadata', ({ request }) => {
    for (const { name } of request.topics ?? []) names.add(name!)
    return undefined
  })
  const asked = (): string[] => {
    const all = [...names].toSorted()
    names.clear()
    return all
  }
  return { stage, asked }
}

async function send(stage: Stage, topic: string, value: string): Promise<void> {
  await stage.during(stage.producer.send({ messages: [{ topic, value }] }))
}

/** Something is written to `busy` in every minute, and to nothing else. */
async function pass(stage: Stage, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await send(stage, 'busy', `minute ${minute}`)
    stage.clock.advance(minuteMs)
  }
}

/** A failed send whose one message has an error of this code. */
function causedBy(code: string): unknown {
  return expect.objectContaining({ failures: [expect.objectContaining({ error: expect.objectContaining({ code }) })] })
}

describe('topics that nothing is sent to any more', () => {
  test('metadata is not asked for after five minutes, but for those in use', async () => {
    const { stage, asked } = await scene()
    await using _ = stage
    await send(stage, 'orders', 'first')
    await pass(stage, 11)
    asked()
    await pass(stage, 20)
    expect(asked()).toEqual(['busy'])
    expect([...stage.producer.currentMetadata!.topics.keys()]).toEqual(['busy'])
  })

  test('used between two refreshes, though idle at each, a topic is kept', async () => {
    const { stage, asked } = await scene({ metadataMaxAge: 4 * minuteMs })
    await using _ = stage
    for (let round = 0; round < 5; round++) {
      asked()
      await send(stage, 'orders', `${round}`)
      await pass(stage, 4)
    }
    expect(asked()).toEqual(['busy', 'orders'])
  })

  test('written to again they are asked for at once, and go on where they were', async () => {
    const { stage, asked } = await scene()
    await using _ = stage
    await send(stage, 'orders', 'first')
    await pass(stage, 20)
    const { leaderId } = stage.cluster.leadership('orders', 0)
    stage.cluster.moveLeader('orders', 0, leaderId === 1 ? 2 : 1)
    asked()
    const startMs = stage.clock.monotonicMs()
    await send(stage, 'orders', 'second')
    expect(asked()).toEqual(['orders'])
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(1_000)
    await send(stage, 'orders', 'third')
    const log = await stage.cluster.log('orders')
    expect(text(log)).toEqual(['first', 'second', 'third'])
    // One identity, and no number twice or left out.
    expect(new Set(log.map(({ producerId, producerEpoch }) => `${producerId} ${producerEpoch}`)).size).toBe(1)
    expect(log.map(({ sequence }) => sequence)).toEqual([0, 1, 2])
  })

  test.each([
    ['fail', 'KAFKA_FENCED', []],
    ['continue', undefined, ['second']]
  ] as const)('deleted and made again meanwhile, that is noticed: %s', async (topicRecreatedPolicy, code, log) => {
    const { stage } = await scene({ topicRecreatedPolicy })
    await using _ = stage
    await send(stage, 'orders', 'first')
    await pass(stage, 20)
    stage.cluster.deleteTopic('orders')
    stage.cluster.createTopic('orders', 1)
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'second' }] })
    expect(await stage.during(errorOf(sent))).toEqual(code === undefined ? null : causedBy(code))
    expect(text(await stage.cluster.log('orders'))).toEqual(log)
  })

  test('a topic with something still queued is kept, however long that takes', async () => {
    const { stage } = await scene({ deliveryTimeout: 60 * minuteMs })
    await using _ = stage
    await send(stage, 'orders', 'first')
    stage.cluster.moveLeader('orders', 0, -1)
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'second' }] })
    await pass(stage, 20)
    stage.cluster.moveLeader('orders', 0, 2)
    await stage.during(sent)
    expect(text(await stage.cluster.log('orders'))).toEqual(['first', 'second'])
  })

  test('a topic that a message waits for is asked for until it is there', async () => {
    const { stage } = await scene({ deliveryTimeout: 60 * minuteMs, bufferTimeout: 60 * minuteMs })
    await using _ = stage
    const undo = stage.cluster.intercept('Metadata', () => ({
      answer: response => ({
        ...response,
        topics: response.topics.map(topic =>
          topic.name === 'orders' ? { ...topic, errorCode: 5, partitions: [] } : topic
        )
      })
    }))
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'first' }] })
    await pass(stage, 20)
    undo()
    await stage.during(sent)
    expect(text(await stage.cluster.log('orders'))).toEqual(['first'])
  })
})
