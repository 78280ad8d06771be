import { describe, expect, test } from 'vitest'
import { ConnectionError, TimeoutError } from '@sluice/core'
import { brokerErrors } from '@sluice/protocol'
import { judge, judgedCodes, judgeLostRequest, type Answer, type VerdictRules } from './verdict.ts'

const idempotent: VerdictRules = {
  mode: 'idempotent',
  acks: -1,
  trustBaseOffset: true,
  retryUncertain: undefined,
  repeatOnStaleMetadata: true
}
const plain: VerdictRules = { ...idempotent, mode: 'plain' }

function answer(errorCode: number, baseOffset = -1n): Answer {
  return { topic: 't', partition: 0, errorCode, baseOffset, logAppendTimeMs: -1n, recordErrors: [], errorMessage: null }
}

/** What becomes of a code: its kind, and whether the attempt is known not to be written. */
function shape(code: number, rules: VerdictRules, baseOffset = -1n): string {
  const verdict = judge(answer(code, baseOffset), rules)
  return verdict.kind === 'acked' ? 'acked' : `${verdict.kind}${verdict.certain ? '' : '?'}`
}

describe('verdict', () => {
  test('every code that a broker may answer to Produce has a row, and the broker knows each code that has one', () => {
    const known = new Set(brokerErrors.map(error => error.code))
    expect(judgedCodes().filter(code => !known.has(code))).toEqual([])
    const mayComeToProduce = [
      -1, 2, 3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 29, 31, 32, 35, 42, 43, 44, 45, 46, 47, 48, 49,
      51, 53, 56, 59, 74, 75, 76, 87, 89, 90, 100, 103
    ]
    expect(mayComeToProduce.filter(code => !judgedCodes().includes(code))).toEqual([])
  })

  test('the table: code, idempotent, plain', () => {
    const table = judgedCodes().map(code => `${code}: ${shape(code, idempotent)}, ${shape(code, plain)}`)
    expect(table).toEqual([
      '-1: retry?, failed?',
      '2: retry, retry',
      '3: retry, retry',
      '5: retry, retry',
      '6: retry, retry',
      '7: retry?, retry?',
      '8: retry, retry',
      '9: retry, retry',
      '10: split, split',
      '13: retry, retry',
      '14: retry, retry',
      '15: retry, retry',
      '16: retry, retry',
      '17: failed, failed',
      '18: split, split',
      '19: retry, retry',
      '20: retry?, failed?',
      '21: failed, failed',
      '29: failed, failed',
      '31: failed, failed',
      '32: failed, failed',
      '35: retry, retry',
      '42: failed, failed',
      '43: failed, failed',
      '44: failed, failed',
      '45: resequence, failed',
      '46: acked, failed',
      '47: fenced, failed',
      '48: failed, failed',
      '49: fenced, failed',
      '51: retry, retry',
      '53: failed, failed',
      '56: retry?, failed?',
      '59: resequence, failed',
      '74: retry, retry',
      '75: retry, retry',
      '76: failed, failed',
      '87: failed, failed',
      '89: retry, retry',
      '90: fenced, failed',
      '100: retry, retry',
      '103: retry, retry'
    ])
  })

  test('a code that nobody knows may mean anything', () => {
    expect([shape(31_337, idempotent), shape(31_337, plain)]).toEqual(['retry?', 'failed?'])
  })

  test('not leader, with the offset that the leader had appended at: may be in the log', () => {
    expect(shape(6, idempotent, 17n)).toBe('retry?')
    expect(shape(3, idempotent, 0n)).toBe('retry?')
  })

  test('not leader, from a broker whose offsets prove nothing: may be in the log', () => {
    expect(shape(6, { ...idempotent, trustBaseOffset: false })).toBe('retry?')
    expect(shape(6, { ...plain, acks: 1, trustBaseOffset: false })).toBe('retry')
  })

  test('retryUncertain overrides what plain batches do with what may be in the log', () => {
    expect(shape(7, { ...plain, retryUncertain: false })).toBe('failed?')
    expect(shape(20, { ...plain, retryUncertain: true })).toBe('retry?')
    expect(shape(20, { ...plain, acks: 1 })).toBe('retry?')
  })

  test('without repeatOnStaleMetadata an answer that our metadata is stale is the end', () => {
    expect(shape(6, { ...idempotent, repeatOnStaleMetadata: false })).toBe('failed')
    expect(shape(19, { ...idempotent, repeatOnStaleMetadata: false })).toBe('retry')
  })

  test('a lost request may have been written, unless no byte of it left', () => {
    const lost = (handedOver: boolean): string => {
      const verdict = judgeLostRequest(new ConnectionError('gone', { handedOver }), idempotent)
      return verdict.kind === 'retry' && verdict.certain ? 'retry' : 'retry?'
    }
    expect([lost(false), lost(true)]).toEqual(['retry', 'retry?'])
    const late = new TimeoutError('late', { operation: 'Produce', limitMs: 1 })
    expect(judgeLostRequest(late, { ...plain, retryUncertain: false })).toMatchObject({
      kind: 'failed',
      certain: false
    })
  })

  test('blame goes to the records that the broker names', () => {
    const named = { ...answer(87), recordErrors: [{ batchIndex: 3, batchIndexErrorMessage: 'no key' }] }
    expect(judge(named, idempotent)).toMatchObject({ kind: 'failed', blame: [{ index: 3, message: 'no key' }] })
  })
})
