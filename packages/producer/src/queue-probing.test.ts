// A refused batch that may have been written, and those behind it that can tell.
import { describe, expect, test } from 'vitest'
import { acked, idempotent, lost, provenBy, resequence, type Story } from '../test/queue-story.ts'

describe('what a refusal says of a batch that may be in the log', () => {
  describe('a probe is refused, and one behind it was given up, too', () => {
    /** a is given up, b probes, and everything up to the last of the names is lost with its connection. */
    function lostTogether(names: string, hurried: string): Story {
      const story = provenBy('w')
      for (const name of names)
        story.add(name, 1, { ...idempotent, deliveryTimeoutMs: hurried.includes(name) ? 100 : 10_000 })
      expect(story.leave()).toHaveLength(names.length)
      for (const name of names) story.answer(name, lost)
      story.nowMs = 2_000
      expect(story.expire()).toEqual(hurried.split('').map(name => `${name} unknown`))
      story.route = 2
      story.add('z')
      expect(story.leave()).toEqual(['b@2/0'])
      return story
    }

    // Story: a, b and c are written, and the broker restarts before it answers. It remembers nothing but c: it refuses b,
    // although b is in the log, and nobody can ask about c. Were b sent under another epoch, it would be there twice.
    test('it may be all that a restarted broker remembers, so the probe itself is in doubt', () => {
      const story = lostTogether('abc', 'ac')
      expect(story.answer('b', resequence)).toEqual(['a forgotten', 'b unknown', 'c forgotten'])
      expect(story.leave()).toEqual(['z@0/1'])
    })

    test('what is behind it all was asked about, and goes on under another epoch', () => {
      const story = lostTogether('abcd', 'ac')
      expect(story.answer('b', resequence)).toEqual([])
      expect(story.leave()).toEqual(['d@4/0'])
      expect(story.answer('d', resequence)).toEqual(['a forgotten', 'b unknown', 'c forgotten'])
      expect(story.leave()).toEqual(['d@0/1'])
    })
  })

  test('a refusal that does not count yet is asked for again when it does, not later', () => {
    const story = provenBy('ab')
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', lost)
    story.nowMs = 990
    story.route = 2
    expect(story.leave()).toEqual(['b@1/0'])
    story.answer('b', resequence, 800)
    story.nowMs = 999
    expect(story.leave()).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['b@1/0'])
  })

  describe('a broker that restarted remembers only the last batch', () => {
    /** a is acknowledged; b, c and d are lost with their connection; e waits. */
    function threeInDoubt(restMs = 0): Story {
      const story = provenBy('a', { dataLossPolicy: 'fail' })
      for (const name of 'bcd') story.add(name)
      expect(story.leave()).toEqual(['b@1/0', 'c@2/0', 'd@3/0'])
      story.add('e')
      for (const name of 'bcd') story.answer(name, lost)
      story.nowMs += 2_000
      story.route++
      expect(story.leave()).toEqual(['b@1/0'])
      expect(story.answer('b', resequence, restMs)).toEqual([])
      return story
    }

    test('the last one is known: all are written, and what waits goes on', () => {
      const story = threeInDoubt()
      expect(story.leave()).toEqual(['d@3/0'])
      expect(story.answer('d', acked(3n))).toEqual(['b at -1', 'c at -1', 'd at 3'])
      expect(story.leave()).toEqual(['e@4/0'])
    })

    // Story: the refusal counts half a second before the first in line has to be settled, and a rest of a second was asked for.
    test('the question does not wait for the rest that the refusal asked for', () => {
      const story = threeInDoubt(1_000)
      expect(story.leave()).toEqual(['d@3/0'])
    })

    test('the last but one is: the last was never written, and is now', () => {
      const story = threeInDoubt()
      story.leave()
      expect(story.answer('d', resequence)).toEqual([])
      expect(story.leave()).toEqual(['c@2/0'])
      expect(story.answer('c', acked(2n))).toEqual(['b at -1', 'c at 2'])
      expect(story.leave()).toEqual(['d@3/0', 'e@4/0'])
    })

    test('none is: it has lost what it acknowledged', () => {
      const story = threeInDoubt()
      story.leave()
      story.answer('d', resequence)
      story.leave()
      expect(story.answer('c', resequence)).toEqual([
        'b data-lost',
        'b unknown',
        'c unknown',
        'd unknown',
        'e not-persisted'
      ])
    })

    test('another leader is never asked about the last one: knowing nothing of us, it would take it without the others', () => {
      const story = threeInDoubt()
      story.route++
      expect(story.leave()).toEqual(['b@1/0'])
      expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
      expect(story.leave()).toEqual(['c@2/0', 'd@3/0', 'e@4/0'])
    })

    test('the question is lost: all begins anew with the first', () => {
      const story = threeInDoubt()
      story.leave()
      expect(story.answer('d', lost)).toEqual(['d retrying'])
      expect(story.leave()).toEqual(['b@1/0'])
    })

    test('one expires while it is asked about: the first is sent again', () => {
      const story = threeInDoubt()
      story.state.batches.find(each => each.name === 'd')!.givenUp = true
      expect(story.leave()).toEqual(['b@1/0'])
      story.answer('b', resequence)
      expect(story.leave()).toEqual(['c@2/0'])
    })
  })
})
