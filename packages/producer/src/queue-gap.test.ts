// Gaps in the sequences: who moves down, who is asked about, and who goes first.
import { describe, expect, test } from 'vitest'
import {
  acked,
  forgotten,
  idempotent,
  lost,
  provenBy,
  rejected,
  resequence,
  retry,
  Story
} from '../test/queue-story.ts'
import { restsUntilMs } from './queue-departure.ts'

describe('what is behind a batch that was refused for good', () => {
  test('two refused batches leave one gap: what is behind moves down by both', () => {
    const story = provenBy('abcd')
    story.leave()
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    expect(story.answer('c', rejected)).toEqual(['c not-persisted'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['d@1/0'])
  })

  test('a refused batch is taken out, and those behind it move down', () => {
    const story = new Story()
    for (const name of 'abc') story.add(name, 2)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@2/0', 'c@4/0'])
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
  })

  /** One is acknowledged, three are in flight: the first of them is rejected, the others are lost with the connection. */
  function rejectedBeforeLost(profileOfLast = idempotent): Story {
    const story = new Story()
    for (const name of 'abc') story.add(name)
    story.add('d', 1, profileOfLast)
    story.leave()
    story.answer('a', acked(0n))
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    story.answer('c', lost)
    story.answer('d', lost)
    expect(story.leave()).toEqual(['c@2/0'])
    return story
  }

  test('behind a rejected batch, what was lost goes again as it was, the last first, until each was refused when that counts', () => {
    const story = rejectedBeforeLost()
    story.nowMs = 999
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['d@3/0'])
    expect(story.answer('d', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@1/0'])
    story.answer('c', acked(1n))
    expect(story.leave()).toEqual(['d@2/0'])
  })

  test('behind a rejected batch, what was lost and yet written is acknowledged, whatever the first of it was told', () => {
    const story = rejectedBeforeLost()
    story.nowMs = 1_000
    story.answer('c', resequence)
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['c@2/0'])
    expect(story.answer('c', acked(1n))).toEqual(['c at 1'])
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('behind a rejected batch, what was lost later is in doubt for longer', () => {
    const story = provenBy('abcd')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.nowMs = 500
    story.answer('d', lost)
    story.leave()
    story.nowMs = 1_000
    story.answer('c', resequence)
    expect(story.leave()).toEqual([])
    story.nowMs = 1_500
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['c@2/0'])
    story.answer('c', resequence)
    expect(story.leave()).toEqual(['c@1/0'])
  })

  /** One is acknowledged; of three behind it the first is rejected, the second out of order, the third lost. */
  function doubtBehindAGap(profileOfLast = idempotent): Story {
    const story = provenBy('abc')
    story.add('d', 1, profileOfLast)
    story.leave()
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    story.answer('c', resequence)
    story.answer('d', lost)
    return story
  }

  test('behind a rejected batch and one that is out of order, what was lost is waited for, and nothing is sent in vain', () => {
    const story = doubtBehindAGap()
    story.nowMs = 999
    expect([story.leave(), restsUntilMs(story.state)]).toEqual([[], 1_000])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', retry(true))
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['c@1/0'])
    story.answer('c', acked(1n))
    expect(story.leave()).toEqual(['d@2/0'])
  })

  // Story: h, x, w and z are in flight. h is refused for a while, x for good, w because of that, and z is lost. Did h wait until
  // z can be asked about, it could run out of time at a broker that is well.
  test('what stands ahead of the gap waits for nothing behind it, and goes alone', () => {
    for (const answerOfFirst of [retry(true), lost]) {
      const story = provenBy('ahxwz')
      expect(story.leave()).toEqual(['h@1/0', 'x@2/0', 'w@3/0', 'z@4/0'])
      expect(story.answer('h', answerOfFirst)).toEqual(['h retrying'])
      story.answer('x', rejected)
      story.answer('w', resequence)
      story.answer('z', lost)
      expect([story.leave(), restsUntilMs(story.state)]).toEqual([['h@1/0'], 0])
      expect(story.answer('h', acked(1n))).toEqual(['h at 1'])
      expect([story.leave(), restsUntilMs(story.state)]).toEqual([[], 1_000])
      story.nowMs = 1_000
      expect(story.leave()).toEqual(['z@4/0'])
      story.answer('z', resequence)
      expect(story.leave()).toEqual(['w@2/0'])
    }
  })

  test('and where two stand there, nothing from behind goes with the second', () => {
    const story = provenBy('aghxwz')
    expect(story.leave()).toEqual(['g@1/0', 'h@2/0', 'x@3/0', 'w@4/0', 'z@5/0'])
    story.answer('g', retry(true))
    story.answer('h', resequence)
    story.answer('x', rejected)
    story.answer('w', resequence)
    story.answer('z', lost)
    expect(story.leave()).toEqual(['g@1/0'])
    story.answer('g', acked(1n))
    expect(story.leave()).toEqual(['h@2/0'])
  })

  test('and once it has ended in vain, what is behind the gap moves down by it, too', () => {
    const story = provenBy('ahxz')
    story.leave()
    story.answer('h', retry(true))
    story.answer('x', rejected)
    story.answer('z', lost)
    expect(story.leave()).toEqual(['h@1/0'])
    expect(story.answer('h', rejected)).toEqual(['h not-persisted'])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['z@3/0'])
    story.answer('z', resequence)
    expect(story.leave()).toEqual(['z@1/0'])
  })

  test('a refusal of what left before it could be asked about counts no more there', () => {
    const story = provenBy('abcd')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.answer('d', resequence)
    story.nowMs = 999
    expect(story.leave()).toEqual(['c@2/0'])
    story.nowMs = 1_100
    expect(story.answer('c', resequence)).toEqual([])
    expect(story.leave()).toEqual(['c@2/0'])
    story.answer('c', acked(1n))
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('one that is asked about and lost again is waited for again', () => {
    const story = rejectedBeforeLost()
    story.nowMs = 1_000
    story.answer('c', resequence)
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', lost)
    expect([story.leave(), restsUntilMs(story.state)]).toEqual([[], 2_000])
    story.nowMs = 2_000
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('one that is asked about and written, by a broker that knew nothing of us: what is ahead of it cannot be any more', () => {
    const story = doubtBehindAGap()
    story.add('e')
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['d@3/0'])
    expect(story.answer('d', acked(1n))).toEqual(['c not-persisted', 'd at 1'])
    expect(story.leave()).toEqual(['e@4/0'])
  })

  test('and if that one is in doubt, too, and was sent to another broker, it stays so', () => {
    const story = rejectedBeforeLost()
    story.add('e')
    story.nowMs = 1_000
    story.answer('c', resequence)
    story.route = 2
    expect(story.leave()).toEqual(['d@3/0'])
    expect(story.answer('d', acked(1n))).toEqual(['c unknown', 'c forgotten', 'd at 1'])
    expect(story.leave()).toEqual(['e@4/0'])
  })

  test('one that is asked about at a broker that forgot us: it stays in doubt, and the rest waits for a new producer id', () => {
    const story = doubtBehindAGap()
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['d@3/0'])
    expect(story.answer('d', forgotten)).toEqual(['d unknown', 'identity-wanted'])
    story.version = 2
    expect(story.leave()).toEqual(['c@0/0'])
  })

  test('all in doubt are given up at once: what comes next is not kept back for them', () => {
    const story = rejectedBeforeLost()
    story.nowMs = 1_000
    story.answer('c', resequence)
    expect(story.abandon()).toEqual(['c unknown', 'd unknown', 'c forgotten', 'd forgotten'])
    story.add('e')
    expect(story.leave()).toEqual(['e@0/1'])
  })

  test('and where that one ends meanwhile, the rest begins a new epoch at once', () => {
    const story = doubtBehindAGap({ ...idempotent, deliveryTimeoutMs: 500 })
    story.nowMs = 500
    expect(story.expire()).toEqual(['d unknown', 'd forgotten'])
    expect(story.leave()).toEqual(['c@0/1'])
  })

  test('behind a rejected batch, one that ends before it is known: what was lost ahead of it stays in doubt, and the rest begins a new epoch', () => {
    const story = rejectedBeforeLost({ ...idempotent, deliveryTimeoutMs: 500 })
    story.add('e')
    story.nowMs = 500
    expect(story.expire()).toEqual(['d unknown'])
    // A broker that was started again remembers the last that it wrote, which may be d, and refuses c although it wrote that, too.
    expect(story.answer('c', resequence)).toEqual(['c unknown', 'd forgotten'])
    expect(story.leave()).toEqual(['e@0/1'])
  })

  test('what was taken behind a gap ends it: the broker expects what follows, and nothing moves down', () => {
    const story = provenBy('abc')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    // The next leader knows nothing of us, and takes any sequence.
    story.route = 2
    expect(story.leave()).toEqual(['c@2/0'])
    story.answer('c', acked(1n))
    story.add('d')
    expect(story.leave()).toEqual(['d@3/0'])
    story.answer('d', retry(true))
    expect(story.leave()).toEqual(['d@3/0'])
  })

  test('behind what was taken behind one gap there is another: what is behind that moves down', () => {
    const story = provenBy('abcde')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.answer('d', rejected)
    story.answer('e', resequence)
    // The next leader knows nothing of us, and takes any sequence.
    story.route = 2
    expect(story.leave()).toEqual(['c@2/0'])
    expect(story.answer('c', acked(1n))).toEqual(['c at 1'])
    expect(story.leave()).toEqual(['e@3/0'])
    story.answer('e', acked(2n))
    story.add('f')
    expect(story.leave()).toEqual(['f@4/0'])
  })

  test('and if that one is the last, the next to come takes its sequence', () => {
    const story = provenBy('abcd')
    story.leave()
    story.answer('b', rejected)
    story.answer('c', lost)
    story.answer('d', rejected)
    story.route = 2
    expect(story.leave()).toEqual(['c@2/0'])
    story.answer('c', acked(1n))
    story.add('e')
    expect(story.leave()).toEqual(['e@3/0'])
  })

  // Story: x was rejected for good, and the broker, which knew nothing of us any more, took z behind it. That proves nothing of
  // h ahead of x, whose answer was lost; and neither h nor w can be written ahead of z now.
  test('what was taken behind a gap proves nothing of what is ahead of it, which is told at once as far as it is known', () => {
    const story = provenBy('ahxwz')
    story.leave()
    story.answer('h', retry(false, 7))
    story.answer('x', rejected)
    story.answer('w', resequence)
    expect(story.answer('z', acked(2n))).toEqual(['h unknown', 'w not-persisted', 'h forgotten', 'z at 2'])
    story.add('next')
    expect(story.leave()).toEqual(['next@5/0'])
  })

  test('nor does it if it was asked about because the first in line was refused', () => {
    const story = provenBy('ahxz')
    story.leave()
    story.answer('h', lost)
    story.answer('x', rejected)
    story.answer('z', lost)
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['h@1/0'])
    expect(story.answer('h', resequence)).toEqual([])
    expect(story.leave()).toEqual(['z@3/0'])
    expect(story.answer('z', acked(2n))).toEqual(['h unknown', 'h forgotten', 'z at 2'])
  })
})
