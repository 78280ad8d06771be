// The table of broker errors and what is made of it.
import { isKafkaError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { brokerError, brokerErrorInfo, brokerErrors } from './broker-errors.ts'
import { errorCodes } from './error-codes.ts'

describe('the table of broker errors', () => {
  test('has every code from -1 on, once and in order', () => {
    expect(brokerErrors.map(({ code }) => code)).toEqual(brokerErrors.map((_, index) => index - 1))
    expect(new Set(brokerErrors.map(({ name }) => name)).size).toBe(brokerErrors.length)
    expect(brokerErrorInfo(errorCodes.NONE).name).toBe('NONE')
  })

  test('says something about each, and never advises a refresh without a retry', () => {
    expect(brokerErrors.filter(({ text }) => text.length < 5 || text.endsWith('.'))).toEqual([])
    expect(brokerErrors.filter(({ refresh, retriable }) => refresh && !retriable)).toEqual([])
  })

  test.each([
    [3, true, true],
    [6, true, true],
    [7, true, false],
    [10, false, false],
    [29, false, false],
    [56, true, true],
    [75, true, false]
  ])('knows what to do about %i', (code, retriable, refresh) => {
    expect(brokerErrorInfo(code)).toMatchObject({ code, retriable, refresh })
  })

  test('has an answer for a code that it does not know', () => {
    expect(brokerErrorInfo(9_999)).toMatchObject({
      code: 9_999,
      name: 'UNKNOWN_9999',
      retriable: false,
      refresh: false
    })
    expect(brokerErrorInfo(-7).name).toBe('UNKNOWN_-7')
  })
})

describe('a broker error', () => {
  test('says what the broker answered for what, and carries it', () => {
    const cause = new Error('first')
    const error = brokerError(6, { topic: 'orders', partition: 3, outcome: 'not-persisted', cause })
    expect(error.message).toBe(
      'The broker answered NOT_LEADER_OR_FOLLOWER (6) for orders-3: the partition is led by another broker'
    )
    expect(error).toMatchObject({
      errorCode: 6,
      errorName: 'NOT_LEADER_OR_FOLLOWER',
      retriable: true,
      topic: 'orders',
      partition: 3,
      outcome: 'not-persisted',
      cause
    })
    expect(isKafkaError(error, 'KAFKA_BROKER')).toBe(true)
  })

  test('adds what the broker says about this case', () => {
    expect(brokerError(37, { topic: 'orders', detail: 'at most 10' }).message).toBe(
      'The broker answered INVALID_PARTITIONS (37) for orders: a topic cannot have so many partitions (at most 10)'
    )
    expect(brokerError(37, { detail: `no\nERROR forged ${'x'.repeat(70_000)}` }).message).toMatch(
      /partitions \(no ERROR forged x{200,300}…\)$/
    )
    expect(brokerError(37, { detail: null }).message).not.toContain('null')
    expect(brokerError(37, { detail: '' }).message).not.toContain('()')
  })
})
