// Code of the user's that throws: it surfaces as uncaught, and nobody else goes without being told.
import { combineObservers, type Observer } from '@sluice/core'
import { expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { broker, Outcomes, pingApi, pong, Stage } from './stage.ts'
import { catchAllUncaught } from './uncaught.ts'

function throwing(message: string): () => never {
  return () => {
    throw new Error(message)
  }
}

test('who waits for the pool to close is told, whatever another does who waits', async () => {
  const stage = new Stage()
  const pool = stage.pool()
  const told: string[] = []
  const uncaught = catchAllUncaught()
  pool.close(throwing('closer'))
  const closed = pool.close()
  pool.close(() => told.push('last'))
  stage.clock.runSoon()
  await closed
  expect([told, await uncaught.end()]).toEqual([['last'], ['closer']])
})

test('a callback that throws keeps nothing from the others', async () => {
  const { stage, connection, stream, told } = start()
  const uncaught = catchAllUncaught()
  connection.send(pingApi, 'a', throwing('from the callback'))
  connection.send(pingApi, 'b', told.of('b'))
  stage.clock.runSoon()
  const [a, b] = stream.take()
  stream.receive(Buffer.concat([pong(a!), pong(b!)]))
  expect([told.take(), await uncaught.end()]).toEqual([['b: pong'], ['from the callback']])
})

test('a listener of the pool that throws keeps nobody from being told that an attempt failed', async () => {
  const stage = new Stage()
  const pool = stage.pool()
  const told = new Outcomes()
  const uncaught = catchAllUncaught()
  pool.on('failed', throwing('from a listener'))
  pool.acquire(broker, 'produce', told.of('a'))
  stage.clock.runSoon()
  stage.stream.break('ECONNREFUSED')
  expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent'])
  expect(await uncaught.end()).toEqual(['from a listener'])
})

test('a listener of the pool that throws keeps neither its other listeners nor those of the connection waiting', async () => {
  const stage = new Stage()
  const pool = stage.pool({ maxInflights: 1 })
  const told: string[] = []
  const uncaught = catchAllUncaught()
  for (const event of ['connect', 'drain', 'throttle', 'disconnect'] as const) {
    pool.on(event, throwing(event))
    pool.on(event, () => told.push(`pool ${event}`))
  }
  pool.acquire(broker, 'produce', (_error, connection) => {
    connection!.on('drain', () => told.push('drain'))
    connection!.on('throttle', () => told.push('throttle'))
    connection!.on('close', () => told.push('close'))
    connection!.send(pingApi, 'a', () => {})
  })
  stage.clock.runSoon()
  stage.negotiate()
  const [asked] = stage.stream.take()
  stage.stream.receive(pong(asked!, 'pong', 100))
  stage.clock.advance(200)
  stage.stream.break()
  expect(told.toSorted()).toEqual(
    ['pool connect', 'pool throttle', 'throttle', 'pool drain', 'drain', 'pool disconnect', 'close'].toSorted()
  )
  expect(await uncaught.end()).toEqual(['connect', 'throttle', 'drain', 'disconnect'])
})

test('a listener of a connection that throws keeps no other waiting', async () => {
  const { stage, connection, stream } = start({ maxInflights: 1 })
  const told: string[] = []
  const uncaught = catchAllUncaught()
  for (const event of ['drain', 'close'] as const) {
    connection.once(event, throwing(event))
    connection.on(event, () => told.push(event))
  }
  connection.send(pingApi, 'a', () => {})
  stream.receive(pong(stream.take()[0]!))
  stage.clock.runSoon()
  stream.break()
  expect(told).toEqual(['drain', 'close'])
  expect(await uncaught.end()).toEqual(['drain', 'close'])
})

test('an observer that throws hides nothing from the others', async () => {
  const seen: unknown[] = []
  const uncaught = catchAllUncaught()
  const { onMetadata } = combineObservers([
    { onMetadata: throwing('first') },
    { onMetadata: event => seen.push(event) },
    { onMetadata: throwing('last') }
  ] satisfies Observer[])
  const event = { topics: 1, brokers: 1, elapsedMs: 5 }
  onMetadata!(event)
  expect([seen, await uncaught.end()]).toEqual([[event], ['first', 'last']])
})
