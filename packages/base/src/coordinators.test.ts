import type { BrokerAddress, KafkaError } from '@sluice/core'
import type { FindCoordinatorResponse } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { FakePool } from '../test/fake-pool.ts'
import { Bootstrap } from './bootstrap.ts'
import { createCoordinators, CoordinatorTypes, type Coordinators } from './coordinators.ts'
import { createRequests } from './request.ts'
import { Router } from './route.ts'

const silent = { throttleTimeMs: 0, errorCode: 0, errorMessage: null, nodeId: -1, host: '', port: -1, coordinators: [] }

/** As versions up to 3 answer. */
function old(fields: Partial<FindCoordinatorResponse>): FindCoordinatorResponse {
  return { ...silent, ...fields }
}

/** As version 4 and later answer. */
function recent(fields: Partial<FindCoordinatorResponse['coordinators'][number]>): FindCoordinatorResponse {
  return {
    ...silent,
    coordinators: [{ key: 'tx', nodeId: 2, host: 'b2', port: 9092, errorCode: 0, errorMessage: null, ...fields }]
  }
}

function setUp(...answers: FindCoordinatorResponse[]): {
  pool: FakePool
  coordinators: Coordinators
  find: () => Found
} {
  const pool = new FakePool(() => (answers.length > 1 ? answers.shift()! : answers[0]!))
  const { clock, random } = pool
  const router = new Router(pool, new Bootstrap({ brokers: ['start'], clock, random, timeoutMs: 1_000 }), random)
  const requests = createRequests({ clock, pool, router, retries: Infinity, retryDelay: () => 100, onLost: () => {} })
  const coordinators = createCoordinators(requests, task => clock.soon(task))
  const find = (): Found => {
    const found: Found = { outcome: null }
    coordinators.find(CoordinatorTypes.TRANSACTION, 'tx', clock.monotonicMs() + 5_000, (...[error, address]) => {
      found.outcome = error ?? address
    })
    return found
  }
  return { pool, coordinators, find }
}

interface Found {
  outcome: KafkaError | BrokerAddress | null
}

describe('coordinators', () => {
  test.each([
    ['old', old({ nodeId: 2, host: 'b2', port: 9092 })],
    ['recent', recent({})]
  ])('are found in %s answers', (_name, response) => {
    const { pool, find } = setUp(response)
    const found = find()
    pool.clock.advance(10)
    expect(found.outcome).toEqual({ nodeId: 2, host: 'b2', port: 9092 })
    expect(pool.asked[0]!.request).toEqual({ key: 'tx', keyType: 1, coordinatorKeys: ['tx'] })
  })

  test('are remembered, told in a later turn all the same, and asked for again once forgotten', () => {
    const { pool, coordinators, find } = setUp(recent({}))
    find()
    pool.clock.advance(10)
    const second = find()
    expect(second.outcome).toBeNull()
    pool.clock.runSoon()
    expect(second.outcome).toMatchObject({ nodeId: 2 })
    expect(pool.asked.length).toBe(1)
    coordinators.forget(CoordinatorTypes.TRANSACTION, 'tx')
    find()
    pool.clock.advance(10)
    expect(pool.asked.length).toBe(2)
  })

  test.each([-1, 7, 14, 15, 16, 89])('error %i passes', errorCode => {
    const { pool, find } = setUp(recent({ errorCode }), recent({}))
    const found = find()
    pool.clock.advance(1_000)
    expect(found.outcome).toMatchObject({ nodeId: 2 })
  })

  test.each([24, 30, 35, 42, 53, 120])('error %i is told', errorCode => {
    const { pool, find } = setUp(recent({ errorCode, errorMessage: 'because' }))
    const found = find()
    pool.clock.advance(50)
    expect(found.outcome).toMatchObject({
      code: 'KAFKA_BROKER',
      errorCode,
      message: expect.stringContaining('because')
    })
  })

  test.each([
    ['an answer for another key', recent({ key: 'other' })],
    ['an answer without an address', recent({ host: '' })],
    ['a node below zero', recent({ nodeId: -1 })]
  ])('%s is none', (_name, response) => {
    const { pool, find } = setUp(response, recent({}))
    const found = find()
    pool.clock.advance(1_000)
    expect(found.outcome).toMatchObject({ nodeId: 2 })
  })
})
