import { describe, expect, test } from 'vitest'
import { ConnectionError, TimeoutError, UnsupportedVersionError } from '@sluice/core'
import { brokerErrors } from '@sluice/protocol'
import { judge, judgedCodes, judgeLostRequest, type Answer, type NotAcked, type VerdictRules } from './verdict.ts'

const idempotent: VerdictRules = {
  mode: 'idempotent',
  acks: -1,
  trustBaseOffset: true,
  retryUncertain: undefined,
  repeatOnStaleMetadata: true
}
const plain: VerdictRules = { ...idempotent, mode: 'plain' }

const name = { topic: 't', partition: 0 }

function answer(errorCode: number, baseOffset = -1n): Answer {
  return { errorCode, baseOffset, logAppendTimeMs: -1n, recordErrors: [], errorMessage: null }
}

/** What becomes of a code, in a word or two; with `?` the attempt may have been written. */
function shape(code: number, rules: VerdictRules, baseOffset = -1n): string {
  const verdict = judge(answer(code, baseOffset), name, rules)
  return verdict.kind === 'acked' ? 'acked' : `${wordFor(verdict)}${verdict.certain ? '' : '?'}`
}

function wordFor(verdict: NotAcked): string {
  switch (verdict.kind) {
    case 'retry': {
      const most = verdict.cap < Infinity ? ` ${verdict.cap}` : ''
      return `retry${most}${verdict.refresh ? ', refresh' : ''}${verdict.renegotiate ? ', renegotiate' : ''}`
    }
    case 'remake':
      return verdict.how
    case 'resequence':
      return verdict.forgotten ? 'forgotten' : 'out of order'
    case 'fenced':
      return verdict.ends ? 'fail, new id' : 'new id'
    case 'failed':
      return verdict.scope === 'batch' ? 'fail' : `fail, whole ${verdict.scope}`
  }
}

describe('verdict', () => {
  test('every code that a broker may answer to Produce has a row, and the broker knows each code that has one', () => {
    const known = new Set(brokerErrors.map(error => error.code))
    expect(judgedCodes().filter(code => !known.has(code))).toEqual([])
    const mayComeToProduce = [
      -1, 2, 3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 29, 31, 32, 35, 42, 43, 44, 45, 46, 47, 48, 49,
      51, 53, 56, 59, 74, 75, 76, 87, 89, 90, 100, 103, 120
    ]
    expect(mayComeToProduce.filter(code => !judgedCodes().includes(code))).toEqual([])
  })

  test('the table: code, idempotent, plain', () => {
    const table = judgedCodes().map(code => `${code} | ${shape(code, idempotent)} | ${shape(code, plain)}`)
    expect(table).toEqual([
      '-1 | retry? | fail?',
      '2 | retry 3 | retry 3',
      '3 | retry, refresh | retry, refresh',
      '5 | retry, refresh | retry, refresh',
      '6 | retry, refresh | retry, refresh',
      '7 | retry? | retry?',
      '8 | retry, refresh | retry, refresh',
      '9 | retry, refresh | retry, refresh',
      '10 | split | split',
      '13 | retry, refresh | retry, refresh',
      '14 | retry | retry',
      '15 | retry | retry',
      '16 | retry | retry',
      '17 | fail | fail',
      '18 | split | split',
      '19 | retry | retry',
      '20 | retry? | fail?',
      '21 | fail | fail',
      '29 | fail, whole topic | fail, whole topic',
      '31 | fail, whole identity | fail',
      '32 | fail | fail',
      '35 | retry 1, renegotiate | retry 1, renegotiate',
      '42 | fail | fail',
      '43 | fail | fail',
      '44 | fail | fail',
      '45 | out of order | fail',
      '46 | acked | fail?',
      '47 | new id | fail',
      '48 | fail | fail',
      '49 | new id | fail',
      '51 | retry | retry',
      '53 | fail | fail',
      '56 | retry, refresh? | fail?',
      '59 | forgotten | fail',
      '74 | retry, refresh | retry, refresh',
      '75 | retry, refresh | retry, refresh',
      '76 | uncompressed | uncompressed',
      '87 | fail | fail',
      '89 | retry | retry',
      '90 | fail, new id | fail',
      '100 | retry, refresh | retry, refresh',
      '103 | retry, refresh | retry, refresh',
      '120 | retry? | fail?'
    ])
  })

  test('a code that nobody knows may mean anything', () => {
    expect([shape(31_337, idempotent), shape(31_337, plain)]).toEqual(['retry?', 'fail?'])
  })

  test('not leader, with the offset that the leader had appended at: may be in the log', () => {
    expect(shape(6, idempotent, 17n)).toBe('retry, refresh?')
    expect(shape(3, idempotent, 0n)).toBe('retry, refresh?')
  })

  test('not leader, from a broker whose offsets prove nothing: may be in the log', () => {
    expect(shape(6, { ...idempotent, trustBaseOffset: false })).toBe('retry, refresh?')
    expect(shape(6, { ...plain, acks: 1, trustBaseOffset: false })).toBe('retry, refresh')
  })

  test('retryUncertain overrides what plain batches do with what may be in the log', () => {
    expect(shape(7, { ...plain, retryUncertain: false })).toBe('fail?')
    expect(shape(20, { ...plain, retryUncertain: true })).toBe('retry?')
    expect(shape(20, { ...plain, acks: 1 })).toBe('retry?')
    expect(shape(56, { ...plain, acks: 1 })).toBe('fail?')
    expect(shape(56, { ...plain, acks: 1, retryUncertain: true })).toBe('retry, refresh?')
    expect(shape(-1, { ...plain, retryUncertain: true })).toBe('fail?')
  })

  test('without repeatOnStaleMetadata an answer that our metadata is stale is the end', () => {
    expect(shape(6, { ...idempotent, repeatOnStaleMetadata: false })).toBe('fail')
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

  test('a version that one side does not speak never left: what the broker speaks is asked once more', () => {
    const unspoken = judgeLostRequest(new UnsupportedVersionError('Produce'), plain)
    expect(unspoken).toMatchObject({ kind: 'retry', certain: true, cap: 1, renegotiate: true })
  })

  test('what a broker says that does not know us: where its log begins, if it says so', () => {
    const said = judge({ ...answer(59), logStartOffset: 7n }, name, idempotent)
    expect(said).toMatchObject({ kind: 'resequence', forgotten: true, logStartOffset: 7n })
    expect(judge(answer(45), name, idempotent)).toMatchObject({ forgotten: false, logStartOffset: -1n })
  })

  test('blame goes to the records that the broker names', () => {
    const named = { ...answer(87), recordErrors: [{ batchIndex: 3, batchIndexErrorMessage: 'no key' }] }
    expect(judge(named, name, idempotent)).toMatchObject({ kind: 'failed', blame: [{ index: 3, message: 'no key' }] })
  })
})
