import { describe, expect, test } from 'vitest'
import { TopicsInUse, type TopicKeeper } from './topics-in-use.ts'

/** Keeps topics by the times that the test gives. */
class Keeper implements TopicKeeper {
  readonly usedMs = new Map<string, number>()
  readonly told: string[] = []

  lastUsedMs(topic: string): number {
    return this.usedMs.get(topic) ?? -Infinity
  }

  forgotten(topic: string): void {
    this.told.push(topic)
  }
}

const nobody = (): boolean => false

describe('topics in use', () => {
  test('a topic that was only asked for is given up after five minutes, not before', () => {
    const topics = new TopicsInUse()
    const keeper = new Keeper()
    topics.add('t', 0)
    topics.retain(keeper)
    expect(topics.expire(299_999, nobody)).toEqual([])
    expect(topics.expire(300_000, nobody)).toEqual(['t'])
    expect([...topics.names()]).toEqual([])
    expect(keeper.told).toEqual(['t'])
  })

  test('each use, and each new question, starts the five minutes anew', () => {
    const topics = new TopicsInUse()
    const keeper = new Keeper()
    topics.retain(keeper)
    topics.add('t', 0)
    topics.add('u', 0)
    keeper.usedMs.set('t', 200_000)
    topics.add('u', 250_000)
    expect(topics.expire(499_999, nobody)).toEqual([])
    expect(topics.expire(500_000, nobody)).toEqual(['t'])
    expect(topics.expire(549_999, nobody)).toEqual([])
    expect(topics.expire(550_000, nobody)).toEqual(['u'])
  })

  test('a topic in use is kept, however long that is', () => {
    const topics = new TopicsInUse()
    const keeper = new Keeper()
    topics.retain(keeper)
    topics.add('t', 0)
    keeper.usedMs.set('t', Infinity)
    expect(topics.expire(1e9, nobody)).toEqual([])
    expect(topics.has('t')).toBe(true)
  })

  test('a topic that somebody waits for is kept', () => {
    const topics = new TopicsInUse()
    topics.retain(new Keeper())
    topics.add('t', 0)
    topics.add('u', 0)
    expect(topics.expire(1e9, topic => topic === 't')).toEqual(['u'])
  })

  test('one keeper of several is enough, all are told; without any all are kept', () => {
    const topics = new TopicsInUse()
    topics.add('t', 0)
    expect(topics.expire(1e9, nobody)).toEqual([])
    const [idle, busy] = [new Keeper(), new Keeper()]
    busy.usedMs.set('t', Infinity)
    topics.retain(idle)
    const undo = topics.retain(busy)
    expect(topics.expire(2e9, nobody)).toEqual([])
    expect(idle.told).toEqual([])
    undo()
    expect(topics.expire(3e9, nobody)).toEqual(['t'])
    expect([idle.told, busy.told]).toEqual([['t'], []])
  })
})
