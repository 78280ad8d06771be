// Which producer id and epoch a partition writes under, and when it must not.
import { describe, expect, test } from 'vitest'
import {
  acked,
  expiredInFlight,
  fenced,
  forgotten,
  idempotent,
  lost,
  provenBy,
  rejected,
  resequence,
  retry,
  Story
} from '../test/queue-story.ts'
import type { Profile } from './profile.ts'
import { restsUntilMs } from './queue-departure.ts'
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
    const story = provenBy('abc')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.nowMs = 10_000
    story.expire()
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
    const pass = (name: string, profile: Profile): string[] => {
      story.add(name, 1, profile)
      const left = story.leave()
      story.answer(name, acked(0n))
      return left
    }
    const one = (id: number): Profile => ({ ...idempotent, identity: { producerId: BigInt(id), producerEpoch: 0 } })
    expect(pass('a', idempotent)).toEqual(['a@0/0'])
    for (let id = 100; id < 150; id++) expect(pass(`given ${id}`, one(id))).toEqual([`given ${id}@0/0`])
    expect(pass('b', idempotent)).toEqual(['b@1/0'])
    expect(pass('again', one(100))).toEqual(['again@1/0'])
    // Of the own ones only the one that is held may be needed again.
    for (story.version = 2; story.version < 20; story.version++) pass(`renewed ${story.version}`, idempotent)
    expect(story.state.leftIdentities).toHaveLength(51)
  })

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
    const story = provenBy('abc')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.nowMs = 10_000
    story.expire()
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
