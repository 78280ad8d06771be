// Refusals: what they mean together, epochs that end, data that a broker lost.
import { describe, expect, test } from 'vitest'
import { acked, idempotent, lost, provenBy, refusal, resequence, retry, Story } from '../test/queue-story.ts'

describe('what refusals mean together', () => {
  test('the first batch of the epoch after a data loss, refused too: a new producer id, not another loss', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    expect(story.leave()).toEqual(['b@0/1'])
    expect(story.answer('b', resequence)).toEqual(['identity-wanted'])
  })

  test('a refusal of what was lost with its connection counts only when that is dead long enough', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    story.answer('b', lost)
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence, 100)).toEqual([])
    story.nowMs = 1_000
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', resequence)).toEqual(['b data-lost', 'b unknown'])
  })

  // Story: the retry leaves while the broker may still execute what was lost, is refused, and then the lost bytes are executed.
  // Were the refusal taken for proof because its answer came late, the batch would be written a second time in the next epoch.
  test('nor does the refusal of an attempt that left before that count, however late its answer comes', () => {
    const story = provenBy('a')
    story.add('b')
    story.leave()
    story.answer('b', lost)
    story.nowMs = 999
    expect(story.leave()).toEqual(['b@1/0'])
    story.nowMs = 1_100
    expect(story.answer('b', resequence, 100)).toEqual([])
    expect(story.leave()).toEqual(['b@1/0'])
    expect(story.answer('b', acked(1n))).toEqual(['b at 1'])
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

  test('and so it is where a broker calls the sequences of one that it forgot out of order', () => {
    const story = provenBy('ab')
    story.leave()
    expect(story.answer('b', refusal(45, 1n))).toEqual([])
    expect(story.leave()).toEqual(['b@0/1'])
  })

  test('what is written where acknowledged records were: told, once, and what is behind it goes on', () => {
    for (const profile of [idempotent, { ...idempotent, idempotent: false }]) {
      const story = new Story()
      const pass = (name: string, offset: bigint): string[] => {
        story.add(name, 2, profile)
        story.leave()
        return story.answer(name, acked(offset))
      }
      expect(pass('a', 7n)).toEqual(['a at 7'])
      expect(pass('b', 9n)).toEqual(['b at 9'])
      expect(pass('c', 10n)).toEqual(['c data-lost', 'c at 10'])
      expect(pass('d', 12n)).toEqual(['d at 12'])
      expect(pass('e', -1n)).toEqual(['e at -1'])
      expect(pass('f', 0n)).toEqual(['f at 0'])
    }
  })

  test('and with the policy "fail" what comes behind it is refused until reset', () => {
    const story = provenBy('abc', { dataLossPolicy: 'fail' })
    expect(story.leave()).toEqual(['b@1/0', 'c@2/0'])
    expect(story.answer('b', acked(0n))).toEqual(['b data-lost', 'b at 0', 'c unknown'])
    story.answer('c', acked(1n))
    story.reset()
    story.add('d')
    expect(story.leave()).toEqual(['d@0/1'])
    expect(story.answer('d', acked(2n))).toEqual(['d at 2'])
  })

  test('a lower offset says nothing where the batch may have been written before others, nor in a log that was made anew', () => {
    const story = provenBy('abc', { topicRecreatedPolicy: 'continue' })
    story.leave()
    story.answer('b', retry(true))
    story.answer('c', acked(1n))
    story.leave()
    expect(story.answer('b', acked(2n))).toEqual(['b at 2'])
    story.leave()
    expect(story.answer('c', acked(1n))).toEqual(['c at 1'])
    story.recreate()
    story.add('d')
    story.leave()
    expect(story.answer('d', acked(0n))).toEqual(['d at 0'])
  })

  test('what was given up says nothing of a loss: it may be of the log before', () => {
    const story = provenBy('ab', { topicRecreatedPolicy: 'fail' })
    story.leave()
    expect(story.recreate()).toEqual(['b unknown'])
    expect(story.answer('b', acked(7n))).toEqual(['b forgotten'])
    story.reset()
    story.add('c')
    expect(story.leave()).toEqual(['c@0/1'])
    expect(story.answer('c', acked(0n))).toEqual(['c at 0'])
  })

  test('nor after a loss that was told already, nor where offsets are not to be trusted', () => {
    const story = provenBy('ab')
    story.leave()
    expect(story.answer('b', resequence)).toEqual(['b data-lost'])
    story.leave()
    expect(story.answer('b', acked(0n))).toEqual(['b at 0'])

    const other = provenBy('ab', { trustBaseOffset: false })
    other.leave()
    expect(other.answer('b', acked(0n))).toEqual(['b at 0'])
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

  test('a refusal says nothing of the epoch after: no data loss is told of a topic that was made anew', () => {
    const story = provenBy('abc', { topicRecreatedPolicy: 'continue' })
    story.leave()
    story.answer('b', resequence)
    story.recreate()
    expect(story.answer('c', lost)).toEqual([])
    expect(story.leave()).toEqual(['b@0/1'])
  })
})
