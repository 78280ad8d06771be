// What is waited for before a batch may leave under another identity, or none: lost ones that may still be written.
import { describe, expect, test } from 'vitest'
import {
  acked,
  expiredInFlight,
  fenced,
  forgotten,
  idempotent,
  lost,
  lostBehindRejected,
  provenBy
} from '../test/queue-story.ts'
import { restsUntilMs } from './queue-departure.ts'

const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }

describe('lost batches that may still be written', () => {
  test('what was lost and given up may still be written: nothing under another identity, or none, overtakes it', () => {
    for (const profile of [given, { ...idempotent, idempotent: false }]) {
      const story = expiredInFlight()
      story.route = 2
      story.add('b', 1, profile)
      expect(story.leave()).toEqual([])
      expect(restsUntilMs(story.state)).toBe(11_000)
      story.nowMs = 11_000
      expect(story.leave()).toEqual([profile === given ? 'b@0/4' : 'b'])
    }
  })

  test('five that were lost and given up begin a new epoch, and what goes without an identity waits for them all the same', () => {
    const story = provenBy('abcdef')
    story.leave()
    story.nowMs = 10_000
    story.expire()
    for (const name of 'bcdef') story.answer(name, lost)
    story.add('plain', 1, { ...idempotent, idempotent: false })
    story.nowMs = 10_999
    expect(story.leave()).toEqual([])
    story.nowMs = 11_000
    expect(story.leave()).toEqual(['plain'])
    story.answer('plain', acked(1n))
    story.add('g')
    expect(story.leave()).toEqual(['g@0/1'])
  })

  test('one that was lost and given up, then one without an identity: what follows begins a new epoch, for nobody knows what the broker expects', () => {
    const story = lostBehindRejected()
    story.add('plain', 1, { ...idempotent, idempotent: false })
    story.nowMs = 11_000
    expect(story.leave()).toEqual(['plain'])
    story.answer('plain', acked(1n))
    story.add('d')
    expect(story.leave()).toEqual(['d@0/1'])
    story.answer('d', acked(2n))
    story.add('e', 1, given)
    story.leave()
    story.answer('e', acked(3n))
    story.add('f')
    expect(story.leave()).toEqual(['f@1/1'])
  })

  test('the next epoch of the same producer id fences what was lost: after a reset nothing under that waits for it', () => {
    const story = provenBy('ab')
    story.leave()
    expect(story.recreate()).toEqual(['b unknown'])
    story.answer('b', lost)
    story.reset()
    story.add('c')
    expect(story.leave()).toEqual(['c@0/1'])
    story.answer('c', acked(0n))
    story.add('plain', 1, { ...idempotent, idempotent: false })
    story.nowMs = 999
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['plain'])
  })

  test('what was lost and given up may still be written by a broker that forgot us: a new id waits, but not for one that fences the old', () => {
    for (const [answer, waitsTillMs] of [
      [forgotten, 11_000],
      [fenced(false), 10_000]
    ] as const) {
      const story = expiredInFlight()
      story.route = 2
      story.add('b')
      expect(story.leave()).toEqual(['b@1/0'])
      expect(story.answer('b', answer)).toContain('identity-wanted')
      story.version = 2
      story.nowMs = waitsTillMs - 1
      expect(story.leave()).toEqual([])
      story.nowMs = waitsTillMs
      expect(story.leave()).toEqual(['b@0/0'])
    }
  })
})
