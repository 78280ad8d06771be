import { AsyncLocalStorage } from 'node:async_hooks'
import { ClosedError, InvalidArgumentError, systemClock, type Callback, type KafkaError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { dual, type UserCallback } from './dual.ts'

/** What surfaces as uncaught while `run` is going on. */
async function uncaught(run: () => void | Promise<void>): Promise<unknown[]> {
  const seen: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', error => void seen.push(error))
  try {
    await run()
    await later()
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  return seen
}

describe('dual', () => {
  test('without a callback gives a promise of the result', async () => {
    await expect(dual<number>(undefined, done => done(null, 7))).resolves.toBe(7)
  })

  test('without a callback gives a promise that rejects, also with what the work throws', async () => {
    const error = new ClosedError('closed')
    await expect(dual<number>(undefined, done => done(error, undefined))).rejects.toBe(error)
    const bad = new InvalidArgumentError('bad')
    const throwing = (): never => {
      throw bad
    }
    await expect(dual<number>(undefined, throwing)).rejects.toBe(bad)
  })

  test('with a callback gives undefined and calls it once', async () => {
    const calls: unknown[][] = []
    let finish: Callback<number> | undefined
    const given = dual<number>(
      (...outcome) => void calls.push(outcome),
      done => (finish = done)
    )
    expect(given).toBeUndefined()
    finish!(null, 7)
    expect(calls).toEqual([[null, 7]])
  })

  test.each<[string, (done: Callback<number>) => void, unknown[]]>([
    ['a result', done => done(null, 7), [null, 7]],
    ['an error', done => done(new ClosedError('x'), undefined), [expect.objectContaining({ code: 'KAFKA_CLOSED' })]],
    [
      'a throw',
      () => {
        throw new InvalidArgumentError('x')
      },
      [expect.objectContaining({ code: 'KAFKA_INVALID_ARGUMENT' })]
    ]
  ])('%s that comes too early is told after the call has returned', async (_name, start, expected) => {
    const order: unknown[] = []
    dual<number>((...outcome) => order.push(outcome), start)
    order.push('returned')
    await Promise.resolve()
    expect(order).toEqual(['returned', expected])
  })

  test('a callback runs in the context of its caller, wherever the outcome comes from', async () => {
    const storage = new AsyncLocalStorage<string>()
    let finish: Callback<number> | undefined
    const seen = new Promise<string | undefined>(resolve => {
      storage.run('caller', () =>
        dual<number>(
          () => resolve(storage.getStore()),
          done => (finish = done)
        )
      )
    })
    storage.run('socket', () => finish!(null, 7))
    expect(await seen).toBe('caller')
  })

  test('what a callback throws surfaces as uncaught, and the one who calls it goes on', async () => {
    const thrown = new Error('from the user')
    const order: string[] = []
    const errors = await uncaught(() => {
      let finish: Callback<number> | undefined
      const callback: UserCallback<number> = () => {
        throw thrown
      }
      dual<number>(callback, done => (finish = done))
      finish!(null, 7)
      order.push('went on')
    })
    expect(errors).toEqual([thrown])
    expect(order).toEqual(['went on'])
  })

  test('an error in our own code is not passed off as an outcome', () => {
    const bug = new TypeError('bug')
    const calls: (KafkaError | null)[] = []
    const start = (): never => {
      throw bug
    }
    expect(() => dual<number>(error => void calls.push(error), start)).toThrow(bug)
    expect(calls).toEqual([])
  })
})

/** Past every microtask: what was thrown from one has surfaced. */
function later(): Promise<void> {
  return new Promise(resolve => systemClock.soon(resolve))
}
