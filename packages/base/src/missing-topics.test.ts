import { describe, expect, test } from 'vitest'
import { MissingTopics } from './missing-topics.ts'

const three = new Map([1, 2, 3].map(nodeId => [nodeId, {}]))

describe('missing topics', () => {
  test('two brokers that say so for 5 s are enough', () => {
    const missing = new MissingTopics()
    missing.testify('t', 1, false, 0)
    missing.testify('t', 2, false, 4_000)
    expect(missing.confirmed('t', three, 4_999)).toBeNull()
    expect(missing.confirmed('t', three, 5_000)).toMatchObject({
      code: 'KAFKA_UNKNOWN_TOPIC',
      outcome: 'not-persisted'
    })
  })

  test('one broker of three is not enough, however often it says so', () => {
    const missing = new MissingTopics()
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 1_000) missing.testify('t', 1, false, nowMs)
    expect(missing.confirmed('t', three, 60_000)).toBeNull()
  })

  test('the only broker there is is enough', () => {
    const missing = new MissingTopics()
    missing.testify('t', 1, false, 0)
    expect(missing.confirmed('t', new Map([[1, {}]]), 5_000)).not.toBeNull()
  })

  test('a bootstrap address is no witness', () => {
    const missing = new MissingTopics()
    missing.testify('t', 1, false, 0)
    missing.testify('t', null, false, 5_000)
    expect(missing.confirmed('t', three, 5_000)).toBeNull()
  })

  test('a topic seen before has 30 s', () => {
    const missing = new MissingTopics()
    missing.testify('t', 1, true, 0)
    missing.testify('t', 2, true, 0)
    expect(missing.confirmed('t', three, 29_999)).toBeNull()
    expect(missing.confirmed('t', three, 30_000)).not.toBeNull()
  })

  test('one answer that it is there makes all that was said before worthless', () => {
    const missing = new MissingTopics()
    missing.testify('t', 1, false, 0)
    missing.testify('t', 2, false, 0)
    missing.clear('t')
    missing.testify('t', 1, false, 6_000)
    missing.testify('t', 2, false, 6_000)
    expect(missing.confirmed('t', three, 7_000)).toBeNull()
    expect(missing.confirmed('other', three, 7_000)).toBeNull()
  })
})
