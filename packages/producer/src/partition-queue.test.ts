// Who may leave, in which order, and what an answer makes of those behind it.
import { describe, expect, test } from 'vitest'
import {
  acked,
  idempotent,
  lost,
  notCompressed,
  provenBy,
  rejected,
  resequence,
  retry,
  Story,
  tooLarge
} from '../test/queue-story.ts'
import type { Profile } from './profile.ts'

describe('partition queue', () => {
  test('one batch until the broker has proven to know us, then five', () => {
    const story = new Story()
    for (const name of 'abcdefg') story.add(name)
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', acked(0n))).toEqual(['a at 0'])
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0', 'e@4/0', 'f@5/0'])
  })

  test('after five minutes without a success the broker may have forgotten us: one again', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name, 1, { ...idempotent, deliveryTimeoutMs: 600_000 })
    story.leave()
    story.answer('a', acked(0n))
    story.nowMs = 300_000
    expect(story.leave()).toEqual(['b@1/0'])
  })

  // Story: a leader that is new to a producer would append any first sequence. Were its answer to a plain batch taken for a
  // proof that it knows our sequences, the first of several sequenced batches could be refused, and the second be appended.
  test('a plain batch, written on a new connection, does not open the window for those with sequences', () => {
    const story = provenBy('a')
    story.add('b', 1, { ...idempotent, idempotent: false })
    for (const name of 'cd') story.add(name)
    story.route = 2
    expect(story.leave()).toEqual(['b'])
    story.answer('b', acked(1n))
    expect(story.leave()).toEqual(['c@1/0'])
  })

  test('later batches are kept back while an earlier one is retried, then all go again under their sequences', () => {
    const story = provenBy('abc')
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    expect(story.answer('b', retry(true), 100)).toEqual(['b retrying'])
    expect(story.leave()).toEqual([])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual([])
    story.nowMs = 100
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('a later batch that was written though an earlier one was refused waits for it, and settles behind it', () => {
    const story = provenBy('abc')
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    expect(story.answer('b', retry(true))).toEqual(['b retrying'])
    expect(story.answer('c', acked(1n))).toEqual([])
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', acked(2n))).toEqual(['b at 2'])
    expect(story.leave()).toEqual(['c@2/0'])
    expect(story.answer('c', acked(1n))).toEqual(['c at 1'])
  })

  test('the delay that one refusal asked for does not keep back what comes after another', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', retry(true), 100)
    story.nowMs = 100
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', rejected)).toEqual(['a not-persisted'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('what one connection has proven says nothing about the next', () => {
    const story = provenBy('abc')
    story.route = 2
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test('a refusal keeps back what has not left yet, until what is in flight is answered', () => {
    const story = provenBy('abcd')
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
    story.add('e')
    expect(story.answer('c', retry(true))).toEqual(['c retrying'])
    expect(story.leave()).toEqual([])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual([])
    expect(story.answer('d', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('without acknowledgement nothing leaves for a new leader either, before the old one has taken what is under way', () => {
    const silent: Profile = { ...idempotent, acks: 0, idempotent: false }
    const story = new Story()
    story.add('a', 1, silent)
    expect(story.leave()).toEqual(['a'])
    story.add('b', 1, silent)
    story.route = 2
    expect(story.leave()).toEqual([])
    story.answer('a', acked(-1n))
    expect(story.leave()).toEqual(['b'])
  })

  test('without acknowledgement, too, what comes later is kept back until those in flight are settled, and all go again in order', () => {
    const silent: Profile = { ...idempotent, acks: 0, idempotent: false }
    const story = new Story()
    for (const name of 'ab') story.add(name, 1, silent)
    expect(story.leave()).toEqual(['a', 'b'])
    story.answer('a', retry(true))
    story.add('c', 1, silent)
    expect(story.leave()).toEqual([])
    story.answer('b', acked(-1n))
    expect(story.leave()).toEqual(['a', 'b', 'c'])
  })

  test('a plain refusal keeps nothing silent back for good', () => {
    const silent: Profile = { ...idempotent, acks: 0, idempotent: false }
    const story = new Story()
    story.add('a', 1, silent)
    story.leave()
    story.add('b', 1, silent)
    expect(story.answer('a', retry(true))).toEqual(['a retrying'])
    expect(story.leave()).toEqual(['a', 'b'])
  })

  test('nothing leaves for a new leader before the old one has answered', () => {
    const story = new Story()
    for (const name of 'ab') story.add(name)
    story.leave()
    story.route = 2
    expect(story.leave()).toEqual([])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0'])
  })

  test("a later batch's success proves an earlier one whose answer was lost", () => {
    const story = provenBy('abc')
    story.leave()
    story.answer('b', retry(false, 7))
    expect(story.answer('c', acked(2n))).toEqual(['b at -1', 'c at 2'])
  })

  test('too large: halves take its place and its sequences; one record alone fails', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    expect(story.answer('a', tooLarge)).toEqual(['a split'])
    story.halve('a')
    expect(story.leave()).toEqual(['a.1@0/0'])
    expect(story.answer('a.1', tooLarge)).toEqual(['a.1 not-persisted'])
    expect(story.leave()).toEqual(['a.2@0/0'])
  })

  test('too large after an uncertain attempt: not split, for its identity may be in the log', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    story.answer('a', lost)
    story.leave()
    expect(story.answer('a', tooLarge)).toEqual(['a unknown'])
  })

  test('plain batches go one at a time', () => {
    const plain = { ...idempotent, idempotent: false }
    const story = new Story()
    for (const name of 'ab') story.add(name, 1, plain)
    expect(story.leave()).toEqual(['a'])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b'])
  })

  test('a call with other acks waits until what is ahead is answered', () => {
    const story = new Story()
    story.add('a')
    story.add('b', 1, { ...idempotent, acks: 1, idempotent: false })
    story.leave()
    story.answer('a', acked(0n))
    story.add('c')
    expect(story.leave()).toEqual(['b'])
    story.answer('b', acked(1n))
    expect(story.leave()).toEqual(['c@1/0'])
  })

  test('attempts are limited when they are', () => {
    const story = new Story({ retries: 1 })
    story.add('a')
    story.leave()
    expect(story.answer('a', retry(true))).toEqual(['a retrying'])
    story.leave()
    expect(story.answer('a', retry(true))).toEqual(['a not-persisted'])
  })

  test('answers that are put up with a few times only are counted by themselves', () => {
    const story = new Story()
    story.add('a')
    const corrupt = retry(true, 2, 3)
    for (const answer of [retry(true), retry(true), retry(true), corrupt, corrupt, retry(true), corrupt]) {
      story.leave()
      expect(story.answer('a', answer)).toEqual(['a retrying'])
    }
    story.leave()
    expect(story.answer('a', corrupt)).toEqual(['a not-persisted'])
  })

  test('a codec that the broker does not have: the same records uncompressed, under the same sequence', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    expect(story.answer('a', notCompressed)).toEqual(['a uncompressed'])
  })

  test('a codec that the broker does not have, after an uncertain attempt: its identity may be in the log', () => {
    const story = new Story()
    story.add('a', 2)
    story.leave()
    story.answer('a', lost)
    story.leave()
    expect(story.answer('a', notCompressed)).toEqual(['a unknown'])
  })

  test('another leader is asked at once; but what a lost plain attempt may still write is waited for', () => {
    const plain = { ...idempotent, idempotent: false, deliveryTimeoutMs: 500 }
    const story = new Story()
    for (const name of 'ab') story.add(name, 1, plain)
    story.leave()
    story.answer('a', retry(true), 400)
    story.lead()
    expect(story.leave()).toEqual(['a'])
    story.answer('a', lost)
    story.leave()
    story.answer('a', lost, 400)
    story.nowMs = 500
    expect(story.expire()).toEqual(['a unknown', 'b not-persisted'])
    story.add('c', 1, { ...plain, deliveryTimeoutMs: 10_000 })
    story.lead()
    story.nowMs = 999
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['c'])
  })

  test('sequences wrap from 2^31 - 1 to 0', () => {
    const story = new Story()
    story.add('a', 2 ** 31 - 1)
    story.leave()
    story.answer('a', acked(0n))
    for (const name of 'bc') story.add(name, 2)
    expect(story.leave()).toEqual([`b@${2 ** 31 - 1}/0`, 'c@1/0'])
  })
})
