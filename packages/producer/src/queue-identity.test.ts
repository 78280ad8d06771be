// Which producer id and epoch a partition writes under, and when it must not.
import { describe, expect, test } from 'vitest'
import { acked, fenced, idempotent, lost, provenBy, resequence, Story } from '../test/queue-story.ts'
import type { Profile } from './profile.ts'
import { refusalOf } from './queue-state.ts'

const given = { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } }

describe('identities of a partition', () => {
  test('under another identity the broker has to prove anew that it knows us', () => {
    const story = provenBy('a')
    for (const name of 'bc') story.add(name, 1, given)
    expect(story.leave()).toEqual(['b@0/4'])
  })

  test('a reset under a given identity: a new epoch, for sequence 0 of the old one would be taken for a duplicate', () => {
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 1, given)
    story.leave()
    story.answer('a', acked(0n))
    story.add('b', 1, given)
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'b not-persisted'])
    story.reset()
    story.add('c', 1, given)
    expect(story.leave()).toEqual(['c@0/5'])
    story.answer('c', acked(1n))
    story.add('d', 1, given)
    expect(story.leave()).toEqual(['d@1/5'])
  })

  test('a topic made anew, then back under an identity that wrote to the old one: a new epoch, for the new log knows no sequence', () => {
    for (const topicRecreatedPolicy of ['continue', 'fail'] as const) {
      const story = provenBy('a', { topicRecreatedPolicy })
      story.add('b', 1, given)
      story.leave()
      story.answer('b', acked(1n))
      story.recreate()
      story.reset()
      story.add('c')
      expect(story.leave()).toEqual(['c@0/1'])
    }
  })

  test('a given identity in its last epoch: a reset spends it, and others are written under', () => {
    const lastEpoch = { ...idempotent, identity: { producerId: 99n, producerEpoch: 32_767 } }
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 1, lastEpoch)
    story.leave()
    story.answer('a', acked(0n))
    story.add('b', 1, lastEpoch)
    story.leave()
    story.answer('b', resequence)
    story.reset()
    expect(refusalOf(story.state, lastEpoch)?.message).toMatch(/no epoch left/)
    story.add('c')
    expect(story.leave()).toEqual(['c@0/0'])
  })

  test('a given identity that is fenced: a reset lets others write, and never that one again', () => {
    const other = { ...idempotent, identity: { producerId: 98n, producerEpoch: 1 } }
    const story = new Story()
    story.add('a', 1, given)
    story.leave()
    expect(story.answer('a', fenced(false))).toEqual(['a not-persisted'])
    expect(refusalOf(story.state, idempotent)).toBe(story.state.stopped)
    story.reset()
    expect(refusalOf(story.state, given)?.message).toMatch(/fenced/)
    expect([idempotent, other, { ...given, idempotent: false }].map(each => refusalOf(story.state, each))).toEqual([
      null,
      null,
      null
    ])
    story.add('b', 1, other)
    expect(story.leave()).toEqual(['b@0/1'])
    story.answer('b', acked(0n))
    story.add('c')
    expect(story.leave()).toEqual(['c@0/0'])
    story.answer('c', acked(1n))
    // Not even what came past the refusal.
    story.add('d', 1, given)
    expect(story.leave()).toEqual(['wants an identity'])
  })

  test('without an identity nothing is sequenced', () => {
    const story = new Story()
    story.version = 0
    story.add('a')
    expect(story.leave()).toEqual(['wants an identity'])
  })

  test('an identity of its own drains the partition, and applies from there', () => {
    const story = new Story()
    story.add('a')
    story.add('b', 1, { ...idempotent, identity: { producerId: 99n, producerEpoch: 4 } })
    expect(story.leave()).toEqual(['a@0/0'])
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@0/4'])
  })

  test('back under an identity that wrote before: its sequences go on, or a new epoch begins if some are not known', () => {
    const story = new Story()
    const pass = (name: string, profile: Profile): string[] => {
      story.add(name, 2, profile)
      const left = story.leave()
      story.answer(name, acked(0n))
      return left
    }
    expect(['a', 'b'].map(name => pass(name, idempotent))).toEqual([['a@0/0'], ['b@2/0']])
    expect(pass('c', given)).toEqual(['c@0/4'])
    expect(pass('d', idempotent)).toEqual(['d@4/0'])
    expect(pass('e', given)).toEqual(['e@2/4'])
    story.add('lost', 2, given)
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('lost', lost)
    story.nowMs = 20_000
    expect(pass('f', idempotent)).toEqual(['f@6/0'])
    expect(pass('g', given)).toEqual(['g@0/5'])
    expect(pass('h', idempotent)).toEqual(['h@8/0'])
    expect(pass('i', given)).toEqual(['i@2/5'])
  })

  test('another producer has the identity: the batch goes on under a new one, or ends, as the answer says', () => {
    for (const ends of [false, true]) {
      const story = new Story()
      for (const name of 'ab') story.add(name)
      story.leave()
      expect(story.answer('a', fenced(ends))).toEqual(
        ends ? ['a not-persisted', 'identity-wanted'] : ['identity-wanted']
      )
      story.version = 2
      expect(story.leave()).toEqual([ends ? 'b@0/0' : 'a@0/0'])
    }
  })

  test('a topic made anew asks for no identity where nothing has one', () => {
    const story = new Story({ topicRecreatedPolicy: 'continue' })
    story.add('a', 1, { ...idempotent, idempotent: false })
    expect(story.recreate()).toEqual([])
    expect(story.leave()).toEqual(['a'])
  })
})
