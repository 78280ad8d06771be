import { describe, expect, test } from 'vitest'
import { TopicsInUse } from './topics-in-use.ts'

describe('topics in use', () => {
  test('a topic that nobody keeps is given up after five minutes, not before', () => {
    const topics = new TopicsInUse()
    topics.add('t')
    topics.retain(() => false)
    expect(topics.expire(0)).toEqual([])
    expect(topics.expire(299_999)).toEqual([])
    expect(topics.expire(300_000)).toEqual(['t'])
    expect(topics.names.size).toBe(0)
  })

  test('one who keeps it in between, or a new use, starts the five minutes anew', () => {
    const topics = new TopicsInUse()
    topics.add('t')
    topics.add('u')
    let kept = false
    topics.retain(topic => kept && topic === 't')
    topics.expire(0)
    kept = true
    topics.expire(200_000)
    kept = false
    topics.add('u')
    topics.expire(250_000)
    expect(topics.expire(549_999)).toEqual([])
    expect(topics.expire(550_000)).toEqual(['t', 'u'])
  })

  test('one keeper of several is enough; without any all are kept', () => {
    const topics = new TopicsInUse()
    topics.add('t')
    topics.expire(0)
    expect(topics.expire(1e9)).toEqual([])
    const undo = [topics.retain(() => false), topics.retain(() => true)]
    topics.expire(1e9)
    expect(topics.expire(2e9)).toEqual([])
    undo[1]!()
    topics.expire(3e9)
    expect(topics.expire(4e9)).toEqual(['t'])
  })
})
