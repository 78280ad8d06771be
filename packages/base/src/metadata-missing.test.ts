// Topics that are not there, and which brokers are asked about them.
import { describe, expect, test } from 'vitest'
import { Scene, settled } from '../test/metadata-scene.ts'

describe('metadata > who is asked', () => {
  test('whoever wants fresh knowledge and gets it does not make the client wander from broker to broker', () => {
    const scene = settled()
    for (let index = 0; index < 5; index++) {
      scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() })
      scene.advance(100)
    }
    expect(scene.told.length).toBe(5)
    expect(new Set(scene.pool.takeAsked()).size).toBe(1)
  })

  test('whoever has said that a topic is missing is asked last', () => {
    const scene = new Scene()
    scene.wait('t')
    scene.advance(2_000)
    const nodes = scene.pool.takeAsked().filter(who => who.startsWith('#'))
    expect(new Set(nodes).size).toBe(3)
  })
})

describe('metadata > topics that are not there', () => {
  test('UnknownTopicError after 5 s in which several brokers said so', () => {
    const scene = new Scene()
    scene.wait('t')
    scene.advance(5_000)
    expect(scene.told).toEqual([])
    scene.advance(1_500)
    const [atMs, error] = scene.error()
    expect(error).toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', outcome: 'not-persisted' })
    expect(atMs).toBeGreaterThanOrEqual(5_000)
    expect(new Set(scene.pool.asked.map(({ who }) => who)).size).toBeGreaterThanOrEqual(2)
  })

  test('a cluster of one broker needs no second witness', () => {
    const scene = new Scene()
    scene.cluster.nodes = [1]
    scene.wait('t')
    scene.advance(6_500)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
  })

  test('one broker alone does not decide for a cluster of three', () => {
    const scene = new Scene()
    for (const who of ['#2', '#3']) scene.pool.down.add(who)
    scene.wait('t', { withinMs: 20_000 })
    scene.advance(20_000)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_TIMEOUT' })
  })

  test.each([
    [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [5, 'LEADER_NOT_AVAILABLE']
  ])('whose time is over before that is certain is told that brokers last answered %i', (errorCode, errorName) => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { error: errorCode })
    scene.wait('t', { withinMs: 1_000 })
    scene.advance(1_000)
    const [, error] = scene.error()
    expect(error).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { code: 'KAFKA_BROKER', errorCode, topic: 't' } })
    expect(error.message).toMatch(new RegExp(`within 1000 ms: .*${errorName}`))
  })

  test('so is who waits on: what is told of the topic is known until it is told that it is there', () => {
    const scene = new Scene()
    expect(scene.metadata.whyUnknown('t')).toBeNull()
    scene.wait('t')
    scene.advance(1_000)
    expect(scene.metadata.whyUnknown('t')).toMatchObject({ errorCode: 3, topic: 't' })
    expect(scene.metadata.whyUnknown('other')).toBeNull()
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.advance(1_000)
    expect(scene.metadata.whyUnknown('t')).toBeNull()
  })

  test('when nobody answers any more, that is what is told', () => {
    const scene = new Scene()
    scene.wait('t', { withinMs: 4_000 })
    scene.advance(1_000)
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.down.add(who)
    scene.advance(3_000)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { problem: 'refused' } })
  })

  test('what was told of a topic that nobody waits for any more is forgotten', () => {
    const scene = new Scene()
    scene.wait('t', { withinMs: 1_000 })
    scene.advance(2_000)
    expect(scene.metadata.whyUnknown('t')).toBeNull()
  })

  test('a single answer that knows the topic starts the time anew', () => {
    const scene = new Scene()
    scene.wait('t')
    scene.advance(4_000)
    scene.cluster.topics.set('t', { error: 5 })
    scene.advance(1_000)
    scene.cluster.topics.delete('t')
    scene.advance(4_500)
    expect(scene.told).toEqual([])
    scene.advance(3_000)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
  })

  test('an answer that somebody else asked for and that knows the topic starts the time anew, too', () => {
    const scene = settled()
    scene.cluster.topics.delete('t')
    scene.metadata.refresh()
    scene.advance(29_000)
    scene.cluster.topics.set('t', { leaders: [2, 2, 2] })
    scene.metadata.offer(scene.cluster.metadata({ topics: null }), scene.pool.clock.monotonicMs())
    scene.cluster.topics.delete('t')
    scene.advance(10_000)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(true)
    scene.advance(30_000)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(false)
  })

  test('a topic that appears while somebody waits is found', () => {
    const scene = new Scene()
    scene.wait('t')
    scene.advance(3_000)
    scene.cluster.topics.set('t', { leaders: [2] })
    scene.advance(1_100)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('a topic seen before stays known for 30 s, then it is gone', () => {
    const scene = settled()
    scene.cluster.topics.delete('t')
    scene.metadata.refresh()
    scene.advance(29_000)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(true)
    expect(scene.metadata.missing('t')).toBeNull()
    scene.advance(2_500)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(false)
    expect(scene.metadata.missing('t')).toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
    const questions = scene.requests.length
    scene.advance(60_000)
    expect(scene.requests.length).toBeLessThanOrEqual(questions + 1)
  })

  test('a topic that was gone and is there again is found', () => {
    const scene = settled()
    scene.cluster.topics.delete('t')
    scene.metadata.refresh()
    scene.advance(40_000)
    scene.cluster.topics.set('t', { leaders: [2], id: '00000000-0000-0000-0000-0000000000ff' })
    scene.wait('t')
    scene.advance(1_100)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
    expect(scene.metadata.missing('t')).toBeNull()
  })

  test('many who send to a missing topic do not make many questions', () => {
    const scene = new Scene()
    for (let ms = 0; ms < 4_000; ms += 10) {
      scene.wait('t')
      scene.advance(10)
    }
    expect(scene.requests.length).toBeLessThan(15)
  })

  test.each([17, 29, 36, 37, 38, 39, 40, 44])('error %i of the topic fails those who wait for it at once', code => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { error: code })
    scene.wait('t')
    scene.advance(100)
    const [atMs, error] = scene.error()
    expect(atMs).toBeLessThan(10)
    expect(error).toMatchObject({ code: 'KAFKA_BROKER', errorCode: code, topic: 't', outcome: 'not-persisted' })
  })

  test('a refusal for lack of rights is believed for a second', () => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { error: 29 })
    scene.wait('t')
    scene.advance(100)
    const questions = scene.requests.length
    scene.wait('t')
    scene.advance(800)
    expect(scene.told.length).toBe(2)
    expect(scene.requests.length).toBe(questions)
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.advance(200)
    scene.wait('t')
    scene.advance(100)
    expect(scene.told[2]![2]).toMatchObject({ name: 't' })
  })

  test('brokers are allowed to create only what somebody wants created', () => {
    const scene = settled()
    scene.wait('new', { autocreate: true })
    scene.wait('other')
    scene.advance(5)
    expect(scene.requests).toEqual([
      { topics: [{ name: 'other' }], allowAutoTopicCreation: false },
      { topics: [{ name: 'new' }], allowAutoTopicCreation: true }
    ])
  })
})
