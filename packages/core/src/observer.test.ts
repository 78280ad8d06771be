import { describe, expect, test } from 'vitest'
import { combineObservers, silentObserver, type Observer } from './observer.ts'

const batch = { topic: 'orders', partition: 0, records: 1, bytes: 70, wireBytes: 70, codec: 'none', queuedMs: 0 }
const metadata = { topics: 1, brokers: 3, elapsedMs: 5 }

describe('several observers as one', () => {
  test('each that wants an event is told, in order, of the same one', () => {
    const told: [string, unknown][] = []
    const { onBatch, onMetadata } = combineObservers([
      { onBatch: event => told.push(['first', event]) },
      { onMetadata: event => told.push(['second', event]) },
      { onBatch: event => told.push(['third', event]) }
    ])
    onBatch!(batch)
    onMetadata!(metadata)
    expect(told.map(([who]) => who)).toEqual(['first', 'third', 'second'])
    expect(told.every(([who, event]) => event === (who === 'second' ? metadata : batch))).toBe(true)
  })

  test('what nobody wants to know is not told: no event need be built', () => {
    const all: Required<Observer> = {
      onConnection() {},
      onRequest() {},
      onResponse() {},
      onMetadata() {},
      onBatch() {},
      onRetry() {},
      onOutcome() {}
    }
    for (const [wanted, method] of Object.entries(all)) {
      const combined = combineObservers([{}, { [wanted]: method }])
      expect(Object.keys(combined)).toEqual([wanted])
    }
    expect(Object.keys(combineObservers([all, {}]))).toEqual(Object.keys(all))
    expect(combineObservers([{}, { onBatch: undefined }] as Observer[])).toEqual({})
  })

  test('none is silence, and each has its own `this`', () => {
    class Counting implements Observer {
      batches = 0
      onBatch(): void {
        this.batches++
      }
    }
    const one = new Counting()
    const other = new Counting()
    expect(combineObservers([])).toBe(silentObserver)
    combineObservers([one]).onBatch!(batch)
    combineObservers([one, other]).onBatch!(batch)
    expect([one.batches, other.batches]).toEqual([2, 1])
  })

  test('one that throws is uncaught, and neither the caller nor the others notice', async () => {
    const caught: string[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', error => caught.push(error.message))
    try {
      const bad: Observer = {
        onBatch() {
          throw new Error('boom')
        }
      }
      combineObservers([bad]).onBatch!(batch)
      combineObservers([bad, { onBatch: () => void caught.push('told') }]).onBatch!(batch)
      await new Promise(resolve => {
        setImmediate(resolve)
      })
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
    expect(caught).toEqual(['told', 'boom', 'boom'])
  })
})
