// Which producer id and epoch a partition writes under, and when it must not.
import { describe, expect, test } from 'vitest'
import {
  acked,
  fenced,
  idempotent,
  lost,
  lostBehindRejected,
  provenBy,
  resequence,
  retry,
  Story
} from '../test/queue-story.ts'
import type { Profile } from './profile.ts'
import { refusalOf } from './queue-state.ts'

const pair = (producerId: bigint, producerEpoch: number): Profile => ({
  ...idempotent,
  identity: { producerId, producerEpoch }
})
const given = pair(99n, 4)

/** One batch is added, leaves and is acknowledged: under which sequence and epoch. */
function pass(story: Story, name: string, profile: Profile, records = 1): string[] {
  story.add(name, records, profile)
  const left = story.leave()
  story.answer(name, acked(0n))
  return left
}

/** The next batch is refused: the broker lost what it had acknowledged, and the next epoch begins. */
function loseData(story: Story, name: string, profile: Profile): string[] {
  story.add(name, 1, profile)
  story.leave()
  story.answer(name, resequence)
  const left = story.leave()
  story.answer(name, acked(0n))
  return left
}

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

  // Story: a producer lost data and began the next epoch by itself. Its program gives just that one: were its sequences to
  // begin at 0 again, the broker would acknowledge them as duplicates of the first ones, and write nothing.
  test('an epoch that was begun here is given afterwards: one begins above it', () => {
    const story = new Story()
    pass(story, 'a', pair(99n, 4))
    expect(loseData(story, 'b', pair(99n, 4))).toEqual(['b@0/5'])
    expect(pass(story, 'c', pair(99n, 5))).toEqual(['c@0/6'])
    expect(pass(story, 'd', pair(99n, 5))).toEqual(['d@1/6'])
    expect(loseData(story, 'e', pair(99n, 5))).toEqual(['e@0/7'])
  })

  test('a lower epoch of an id is given once more: the broker fences it, so one begins above all that were used', () => {
    const story = new Story()
    expect(pass(story, 'a', pair(99n, 4))).toEqual(['a@0/4'])
    expect(pass(story, 'b', pair(99n, 7))).toEqual(['b@0/7'])
    expect(pass(story, 'c', pair(99n, 4))).toEqual(['c@0/8'])
    expect(pass(story, 'd', pair(99n, 6))).toEqual(['d@0/9'])
    expect(pass(story, 'other id', pair(98n, 0))).toEqual(['other id@0/0'])
    expect(pass(story, 'e', pair(99n, 6))).toEqual(['e@1/9'])
  })

  // Story: initIdempotentProducer() was called twice, and calls go on naming what it gave first.
  test('the pair that the producer had itself before is given: no sequence is used twice', () => {
    for (const names of ['', 'x']) {
      const story = provenBy('a')
      story.version = 2
      for (const name of names) expect(pass(story, name, idempotent)).toEqual(['x@0/0'])
      expect(pass(story, 'b', pair(1n, 0))).toEqual(['b@0/1'])
      expect(pass(story, 'c', idempotent)).toEqual([names === '' ? 'c@0/0' : 'c@1/0'])
      expect(pass(story, 'd', pair(1n, 0))).toEqual(['d@1/1'])
    }
  })

  test('no epoch is left above those that were used: the pair is spent', () => {
    const story = new Story()
    pass(story, 'a', pair(99n, 32_766))
    expect(loseData(story, 'b', pair(99n, 32_766))).toEqual(['b@0/32767'])
    story.add('c', 1, pair(99n, 32_767))
    expect(story.leave()).toEqual(['wants an identity'])
    expect(refusalOf(story.state, pair(99n, 32_767))?.message).toMatch(/no epoch left/)
    expect(refusalOf(story.state, idempotent)).toBeNull()
  })

  test('what was spent has used its epochs, too', () => {
    const story = new Story()
    pass(story, 'a', pair(99n, 4))
    expect(loseData(story, 'b', pair(99n, 4))).toEqual(['b@0/5'])
    story.add('c', 1, pair(99n, 4))
    story.leave()
    story.answer('c', fenced(false))
    story.reset()
    expect(pass(story, 'd', pair(99n, 5))).toEqual(['d@0/6'])
  })

  test('a reset begins above all epochs that were used under the id', () => {
    const story = new Story({ dataLossPolicy: 'fail' })
    pass(story, 'a', pair(99n, 9))
    pass(story, 'b', pair(99n, 4))
    story.add('c', 1, pair(99n, 4))
    story.leave()
    expect(story.answer('c', resequence)).toEqual(['c data-lost', 'c not-persisted'])
    story.reset()
    expect(pass(story, 'd', pair(99n, 4))).toEqual(['d@0/11'])
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
    const two = (name: string, profile: Profile): string[] => pass(story, name, profile, 2)
    expect(['a', 'b'].map(name => two(name, idempotent))).toEqual([['a@0/0'], ['b@2/0']])
    expect(two('c', given)).toEqual(['c@0/4'])
    expect(two('d', idempotent)).toEqual(['d@4/0'])
    expect(two('e', given)).toEqual(['e@2/4'])
    story.add('lost', 2, given)
    story.leave()
    story.nowMs = 10_000
    story.expire()
    story.answer('lost', lost)
    story.nowMs = 20_000
    expect(two('f', idempotent)).toEqual(['f@6/0'])
    expect(two('g', given)).toEqual(['g@0/5'])
    expect(two('h', idempotent)).toEqual(['h@8/0'])
    expect(two('i', given)).toEqual(['i@2/5'])
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

  test('a topic made anew and accepted while an answer is due: the new epoch begins at 0, whatever gap the old one had', () => {
    const story = provenBy('abc')
    story.leave()
    story.answer('b', retry(true))
    story.recreate()
    story.reset()
    story.answer('c', retry(true))
    story.add('d')
    expect(story.leave()).toEqual(['d@0/1'])
    story.answer('d', acked(0n))
    story.add('e')
    story.leave()
    story.answer('e', retry(true))
    expect(story.leave()).toEqual(['e@1/1'])
  })

  test('another identity behind a gap begins at 0, and the gap is forgotten', () => {
    const story = lostBehindRejected()
    story.version = 2
    story.add('d')
    expect(story.leave()).toEqual(['d@0/0'])
    story.answer('d', acked(1n))
    story.add('e')
    story.leave()
    story.answer('e', retry(true))
    expect(story.leave()).toEqual(['e@1/0'])
  })

  test('however many identities are given, the own one goes on where it was', () => {
    const story = new Story()
    expect(pass(story, 'a', idempotent)).toEqual(['a@0/0'])
    for (let id = 100; id < 150; id++)
      expect(pass(story, `given ${id}`, pair(BigInt(id), 0))).toEqual([`given ${id}@0/0`])
    expect(pass(story, 'b', idempotent)).toEqual(['b@1/0'])
    expect(pass(story, 'again', pair(100n, 0))).toEqual(['again@1/0'])
    // Of the own ones only the one that is held may be needed again.
    for (story.version = 2; story.version < 20; story.version++) pass(story, `renewed ${story.version}`, idempotent)
    expect(story.state.leftIdentities).toHaveLength(51)
  })
})
