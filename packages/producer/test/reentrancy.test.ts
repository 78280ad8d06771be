// Users' code that runs in the middle of ours: callbacks, serializers, partitioners, listeners.
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { Stage, warm } from './stage.ts'

describe('callbacks', () => {
  test('run in the context of their call', async () => {
    await using stage = await Stage.set()
    const context = new AsyncLocalStorage<string>()
    const seen = new Promise<string | undefined>(resolve => {
      context.run(
        'mine',
        () =>
          void stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }, () => resolve(context.getStore()))
      )
    })
    expect(await stage.during(seen)).toBe('mine')
  })

  test('never before the call has returned, whatever its outcome', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const early: string[] = []
    for (const messages of [[], [{ topic: 'orders', value: 5 as unknown as string }], null as never]) {
      let hasReturned = false
      stage.producer.send({ messages }, () => {
        if (!hasReturned) early.push(JSON.stringify(messages))
      })
      hasReturned = true
    }
    stage.clock.advance(10)
    expect(early).toEqual([])
  })
})
