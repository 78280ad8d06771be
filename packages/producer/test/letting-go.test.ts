// What the producer keeps of what it was given: nothing, once it is in a batch.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Stage, warm } from './stage.ts'

interface Message {
  readonly topic: string
  readonly value: string
  readonly partition: number
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  gc()
}

describe("a caller's objects", () => {
  test('are let go of when their bytes are in a batch, long before the answer', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    stage.cluster.pause(1)
    let left = 2
    const settled = (): void => void left--
    const withCallback = (messages: Message[]): WeakRef<object> => {
      stage.producer.send({ messages }, settled)
      return new WeakRef(messages[0]!)
    }
    const withPromise = (messages: Message[]): WeakRef<object> => {
      void stage.producer.send({ messages }).then(settled)
      return new WeakRef(messages[0]!)
    }
    const given = [
      withCallback([{ topic: 'orders', value: 'v', partition: 1 }]),
      withPromise([{ topic: 'orders', value: 'v', partition: 2 }])
    ]
    // What a WeakRef was made for lives until the turn is over.
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    collectGarbage()
    expect(given.map(ref => ref.deref())).toEqual([undefined, undefined])
    expect(left).toBe(2)
    stage.cluster.resume(1)
    await stage.during(stage.producer.flush())
    expect(left).toBe(0)
  })

  test('also those that a partitioner was asked about', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const send = (): WeakRef<object> => {
      const message = { topic: 'orders', value: 'v' }
      stage.producer.send({ messages: [message] }, () => {})
      return new WeakRef(message)
    }
    const given = send()
    await stage.during(stage.producer.flush())
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    collectGarbage()
    expect(given.deref()).toBeUndefined()
  })

  test('those of a call that waited for its topic, or stood behind such a call, too', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { bufferMemory: 16_384, batchSize: 4_096 })
    const send = (value: string): WeakRef<object> => {
      const message = { topic: 'orders', value, partition: 0 }
      stage.producer.send({ messages: [message] }, () => {})
      return new WeakRef(message)
    }
    const given = [send('waits for its topic'), send('and behind it')]
    const undo = stage.cluster.intercept('Produce', () => ({ drop: true }))
    stage.clock.advance(200)
    expect(stage.producer.stats()).toMatchObject({ inFlight: 1, queuedRecords: 2 })
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    collectGarbage()
    expect(given.map(ref => ref.deref())).toEqual([undefined, undefined])
    undo()
  })
})
