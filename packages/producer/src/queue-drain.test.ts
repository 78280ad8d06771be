// Refusals: gaps that close, epochs that end, data that a broker lost.
import { describe, expect, test } from 'vitest'
import {
  acked,
  forgotten,
  idempotent,
  lost,
  provenBy,
  refusal,
  rejected,
  resequence,
  retry,
  Story
} from '../test/queue-story.ts'
import { restsUntilMs } from './queue-departure.ts'

describe('what refusals mean together', () => {
  test('two refused batches leave one gap: what is behind moves down by both', () => {
    const story = provenBy('abcd')
    story.leave()
    expect(story.answer('b', rejected)).toEqual(['b not-persisted'])
    expect(story.answer('c', rejected)).toEqual(['c not-persisted'])
    story.answer('d', resequence)
    expect(story.leave()).toEqual(['d@1/0'])
  })

  test('the first batch of the epoch after a data loss, refused too: a new producer id, not another loss', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    expect(story.leave()).toEqual(['b@0/1'])
    expect(story.answer('b', resequence)).toEqual(['identity-wanted'])
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

  test('a refusal of what was lost with its connection counts only when that is dead long enough', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 100)).toEqual([])
    story.nowMs = 100
    expect(story.leave()).toEqual(['b@1/0'])
    story.nowMs = 1_100
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'b unknown'])
  })

  test('the broker contradicts its own acknowledgement: told, and by policy a new epoch or a stop until reset', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    expect(story.leave()).toEqual(['b@0/1'])

    const strict = provenBy('a', { dataLossPolicy: 'fail' })
    strict.add('b')
    strict.leave()
    expect(strict.answer('b', resequence)).toEqual(['b data-lost', 'b not-persisted'])
    strict.add('c')
    expect(strict.leave()).toEqual([])
    strict.reset()
    expect(strict.leave()).toEqual(['c@0/1'])
  })

  test('retention took all that we wrote, and the broker forgot us with it: a new epoch, and nothing is lost', () => {
    const story = new Story({ dataLossPolicy: 'fail' })
    story.add('a', 3)
    story.leave()
    story.answer('a', acked(5n))
    story.add('b')
    story.leave()
    expect(story.answer('b', refusal(59, 8n))).toEqual([])
    expect(story.leave()).toEqual(['b@0/1'])

    story.answer('b', acked(8n))
    story.add('c')
    story.leave()
    expect(story.answer('c', refusal(59, 8n))).toEqual(['c data-lost', 'c not-persisted'])
  })

  test('the first sequence of an epoch refused: a new producer id is wanted', () => {
    const story = new Story()
    story.add('a')
    story.leave()
    expect(story.answer('a', resequence)).toEqual(['identity-wanted'])
    expect(story.leave()).toEqual(['wants an identity'])
    story.version = 2
    expect(story.leave()).toEqual(['a@0/0'])
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

  test('at the last epoch a new producer id is wanted', () => {
    const story = new Story()
    story.add('a', 1, { ...idempotent, identity: null })
    story.leave()
    story.answer('a', acked(0n))
    story.state.identity = { producerId: 1n, producerEpoch: 32_767 }
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'identity-wanted'])
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

  test('behind what was taken behind one gap there is another: the broker expects a sequence that nobody has, and a new epoch begins', () => {
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
    expect(story.leave()).toEqual(['e@4/0'])
    story.answer('e', resequence)
    expect(story.leave()).toEqual(['e@0/1'])
  })

  test('a refusal says nothing of the epoch after: no data loss is told of a topic that was made anew', () => {
    const story = provenBy('abc', { topicRecreatedPolicy: 'continue' })
    story.leave()
    story.answer('b', resequence)
    story.recreate()
    expect(story.answer('c', lost)).toEqual([])
    expect(story.leave()).toEqual(['b@0/1'])
  })
})
