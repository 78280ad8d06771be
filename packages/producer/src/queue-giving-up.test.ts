// Batches whose time is over, and what the next one finds out about them.
import { describe, expect, test } from 'vitest'
import {
  acked,
  expiredInFlight,
  forgotten,
  idempotent,
  lost,
  rejected,
  resequence,
  retry,
  Story
} from '../test/queue-story.ts'

describe('a batch that is given up', () => {
  test('expired in flight, then refused for certain: the next takes its sequence', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    expect(story.answer('a', retry(true))).toEqual(['a forgotten'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('nothing follows a batch that was given up in the middle, until what is in flight is answered', () => {
    const story = new Story()
    story.add('a')
    story.add('b')
    story.add('c', 1, { ...idempotent, deliveryTimeoutMs: 100 })
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    story.nowMs = 100
    expect(story.expire()).toEqual(['c unknown'])
    story.add('d')
    story.add('e')
    expect(story.leave()).toEqual([])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
    expect(story.leave()).toEqual([])
    story.answer('c', lost)
    story.route = 2
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('a probe that was lost itself, and is refused in the end, was not written: it goes on in the next epoch', () => {
    const story = expiredInFlight()
    story.add('b')
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    story.nowMs = 12_000
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('once a probe has found out, nothing is left to wait for: it goes on at once', () => {
    const story = expiredInFlight()
    story.add('b')
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 500)).toEqual([])
    expect(story.leave()).toEqual([])
    story.nowMs = 11_500
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 1_000)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('a batch that was ever uncertain stays so: a later refusal does not make it not-persisted', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.answer('a', lost)
    expect(story.leave()).toEqual(['a@0/0'])
    expect(story.answer('a', rejected)).toEqual(['a unknown'])
  })

  test('expiry before it ever left: not-persisted, and the next takes its place', () => {
    const story = new Story()
    story.add('a')
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a not-persisted'])
    story.add('b')
    expect(story.leave()).toEqual(['b@0/0'])
  })

  test('what has expired does not leave any more, though it has not been told yet', () => {
    const story = new Story()
    story.add('a')
    story.nowMs = 10_000
    expect(story.leave()).toEqual([])
    expect(story.expire()).toEqual(['a not-persisted'])
  })

  test('expiry in flight: unknown; the next batch behind it finds out, and a refusal begins a new epoch', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    story.add('b')
    story.add('c')
    expect(story.leave()).toEqual([])
    expect(story.answer('a', lost)).toEqual([])
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence)).toEqual(['a forgotten'])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('expiry in flight, and the next batch is written: so was the first', () => {
    const story = expiredInFlight()
    story.add('b')
    story.leave()
    expect(story.answer('b', acked(1n))).toEqual(['a forgotten', 'b at 1'])
    story.add('c')
    expect(story.leave()).toEqual(['c@2/0'])
  })

  test('the first that a broker hears of us is no proof for what it was told before: a new producer id, and unknown', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    story.nowMs = 10_000
    expect(story.expire()).toEqual(['a unknown'])
    story.answer('a', lost)
    for (const name of 'bc') story.add(name)
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    story.nowMs = 12_000
    story.leave()
    expect(story.answer('b', forgotten)).toEqual(['a forgotten', 'b unknown', 'identity-wanted'])
    story.version = 2
    expect(story.leave()).toEqual(['c@0/0'])
  })
})
