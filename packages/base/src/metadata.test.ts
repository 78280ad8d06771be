import { describe, expect, test } from 'vitest'
import { Scene, settled } from '../test/metadata-scene.ts'
import type { Snapshot } from './snapshot.ts'

describe('metadata > waiting for a topic', () => {
  test('a topic is told as soon as it is known', () => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { leaders: [1, 2] })
    scene.wait('t')
    expect(scene.told).toEqual([])
    scene.advance(100)
    const [atMs, info] = scene.outcome()
    expect(atMs).toBeLessThan(10)
    expect(info).toMatchObject({ name: 't', available: [0, 1], partitions: [{ leader: 1 }, { leader: 2 }] })
    expect(scene.pool.brokers.size).toBe(3)
  })

  test('a topic that is known already is told in a later turn, and nobody is asked', () => {
    const scene = settled()
    scene.wait('t')
    expect(scene.told).toEqual([])
    scene.pool.clock.runSoon()
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
    expect(scene.pool.asked).toEqual([])
  })

  test('a thousand calls of one turn are one question', () => {
    const scene = new Scene()
    for (let index = 0; index < 1_000; index++) {
      scene.cluster.topics.set(`t${index}`, { leaders: [1] })
      scene.wait(`t${index}`)
      scene.wait(`t${index}`)
    }
    scene.advance(50)
    expect(scene.told.length).toBe(2_000)
    expect(scene.requests.length).toBe(1)
  })

  test('a new topic is asked for alone; a refresh asks for all that are in use', () => {
    const scene = settled()
    scene.cluster.topics.set('u', { leaders: [1] })
    scene.wait('u')
    scene.advance(5)
    expect(scene.topicsAsked()).toEqual([['u']])
    scene.advance(20_000)
    scene.metadata.refresh()
    scene.advance(5)
    expect(scene.topicsAsked().at(-1)).toEqual(['t', 'u'])
  })

  test('also when it comes while the others are asked for', () => {
    const scene = settled()
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 50)
    scene.cluster.topics.set('u', { leaders: [1] })
    scene.metadata.refresh()
    scene.advance(20)
    scene.wait('u')
    scene.advance(200)
    expect(scene.topicsAsked()).toEqual([['t'], ['u']])
  })

  test('topics wait for themselves only', () => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.wait('missing')
    scene.wait('t')
    scene.advance(50)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('nothing in time is a timeout with the last failure as its cause', () => {
    const scene = new Scene()
    scene.pool.down.add('start:9092')
    scene.wait('t', { withinMs: 3_000 })
    scene.advance(2_999)
    expect(scene.told).toEqual([])
    scene.advance(1)
    const [atMs, error] = scene.error()
    expect(atMs).toBe(3_000)
    expect(error).toMatchObject({
      code: 'KAFKA_TIMEOUT',
      limitMs: 3_000,
      operation: 'Metadata',
      outcome: 'not-persisted'
    })
    expect(error.cause).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'refused' })
    expect(error.message).toContain('start:9092 is down')
  })

  test('why nobody answers is told for as long as nobody does, to those who have a deadline of their own', () => {
    const scene = new Scene()
    expect(scene.metadata.whyUnknown(null)).toBeNull()
    scene.pool.down.add('start:9092')
    scene.wait('t', { deadlineMs: Infinity })
    scene.advance(1_000)
    expect(scene.metadata.whyUnknown(null)).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'refused' })
    scene.pool.down.clear()
    scene.advance(1_000)
    expect(scene.metadata.whyUnknown(null)).toBeNull()
  })

  test('a wait that is cancelled is told nothing, and its topic is asked for no more', () => {
    const scene = new Scene()
    scene.wait('t').cancel()
    scene.advance(100)
    const questions = scene.requests.length
    scene.advance(60_000)
    expect(scene.told).toEqual([])
    expect(scene.requests.length).toBeLessThanOrEqual(questions + 1)
    expect(scene.topicsAsked().at(-1)).toEqual([])
  })

  test('a name that no topic can have is refused without asking', () => {
    const scene = new Scene()
    for (const name of ['', '.', '..', 'ü', 'a b', 'x'.repeat(250)]) scene.wait(name)
    scene.advance(10)
    expect(scene.told.length).toBe(6)
    for (const [, , error] of scene.told) {
      expect(error).toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT', outcome: 'not-persisted' })
    }
    expect(scene.pool.asked).toEqual([])
  })

  test('who needs fresh knowledge gets it, whatever is known', () => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [3], epoch: 2, id: '00000000-0000-0000-0000-0000000000ff' })
    scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() })
    scene.advance(10)
    expect(scene.outcome()[1]).toMatchObject({ partitions: [{ leader: 3 }] })
  })

  // Story: a question is asked, and answered by a broker that then sees the leader move; while the answer is on its way,
  // somebody wants to know what holds from now on. That answer is too old for this, though it arrives later.
  test('who needs fresh knowledge is not told what was asked for before, but asks again at once', () => {
    const scene = settled()
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 50)
    scene.metadata.refresh()
    scene.advance(20)
    scene.cluster.topics.set('t', { leaders: [3], epoch: 2, id: '00000000-0000-0000-0000-0000000000ff' })
    scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() })
    scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() })
    scene.advance(85)
    expect(scene.told.map(([, , info]) => info)).toMatchObject([
      { partitions: [{ leader: 3 }] },
      { partitions: [{ leader: 3 }] }
    ])
    expect(scene.requests.length).toBe(2)
  })

  test('what was asked for before does not do for the cluster as such either', () => {
    const scene = settled()
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 50)
    scene.metadata.refresh()
    scene.advance(20)
    scene.cluster.nodes = [1, 2, 3, 4]
    const sizes: number[] = []
    const wait = { deadlineMs: Infinity, freshSinceMs: scene.pool.clock.monotonicMs() }
    scene.metadata.cluster(wait, (...[error, snapshot]) => void sizes.push(error === null ? snapshot.brokers.size : -1))
    scene.advance(100)
    expect(sizes).toEqual([4])
  })

  test('an answer is as old as its question', () => {
    const scene = settled()
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 50)
    scene.metadata.refresh()
    scene.advance(100)
    const questions = scene.requests.length
    scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() - 80 })
    scene.advance(100)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
    expect(scene.requests.length).toBe(questions + 1)
  })

  test('many who need fresh knowledge of a missing topic do not make many questions', () => {
    const scene = new Scene()
    for (let ms = 0; ms < 4_000; ms += 10) {
      scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs() })
      scene.advance(10)
    }
    expect(scene.requests.length).toBeLessThan(15)
  })
})

describe('metadata > keeping it fresh', () => {
  test('old metadata is asked for again, and nothing before that', () => {
    const scene = settled()
    scene.advance(280_000)
    expect(scene.requests.length).toBe(0)
    scene.advance(20_000)
    expect(scene.requests.length).toBe(1)
  })

  // Story: a health check asks for the cluster's metadata every three minutes. Each answer put off the age of all that was
  // not asked for, and partitions that were added to a topic in use were never found.
  test('what is asked for alone does not put off the age of the rest', () => {
    const scene = settled()
    for (let i = 0; i < 5; i++) {
      scene.metadata.cluster({ deadlineMs: Infinity, freshSinceMs: scene.pool.clock.monotonicMs() }, () => {})
      scene.advance(200_000)
    }
    expect(scene.topicsAsked().filter(topics => topics.includes('t'))).toHaveLength(3)
  })

  test('an idle client asks the same broker each time, and after that a wish waits no longer than ever', () => {
    const scene = settled()
    scene.advance(1_500_000)
    expect(new Set(scene.pool.asked.map(({ who }) => who)).size).toBe(1)
    scene.pool.asked.length = 0
    scene.metadata.refresh()
    scene.advance(200)
    expect(scene.pool.asked).toHaveLength(1)
  })

  // Story: a topic is missing at one broker that restarts. While that is asked about again, another topic is used for the
  // first time, and is asked for alone: nobody asked about the missing one any more.
  test('something new does not end the asking about what an answer left open', () => {
    const scene = settled()
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 50)
    scene.cluster.topics.delete('t')
    scene.cluster.topics.set('u', { leaders: [1] })
    scene.metadata.refresh()
    scene.advance(20)
    scene.wait('u')
    scene.advance(500)
    scene.cluster.topics.set('t', { leaders: [1, 2, 3] })
    scene.told.length = 0
    scene.wait('t', { freshSinceMs: scene.pool.clock.monotonicMs(), withinMs: 40_000 })
    scene.advance(40_000)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('a partition without a leader is asked after until it has one', () => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [1, -1, 3], epoch: 2 })
    scene.metadata.refresh()
    scene.advance(5_000)
    expect(scene.metadata.snapshot.topics.get('t')!.available).toEqual([0, 2])
    expect(scene.requests.length).toBeGreaterThan(4)
    expect(scene.requests.length).toBeLessThan(12)
    scene.cluster.topics.set('t', { leaders: [1, 2, 3], epoch: 2 })
    scene.advance(1_100)
    expect(scene.metadata.snapshot.topics.get('t')!.available).toEqual([0, 1, 2])
    const questions = scene.requests.length
    scene.advance(60_000)
    expect(scene.requests.length).toBe(questions)
  })

  test('a storm of wishes is a few questions', () => {
    const scene = settled()
    for (let ms = 0; ms < 10_000; ms++) {
      scene.metadata.refresh()
      scene.advance(1)
    }
    expect(scene.requests.length).toBeLessThan(20)
  })

  test('whoever told nothing new is not asked first the next time', () => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [-1, 2, 3], epoch: 2 })
    scene.metadata.refresh()
    scene.advance(8_000)
    expect(new Set(scene.pool.takeAsked()).size).toBeGreaterThanOrEqual(2)
  })

  test('a leader hint is applied at once, told to listeners, and followed by a question', () => {
    const scene = settled()
    const seen: Snapshot[] = []
    const undo = scene.metadata.onChange(snapshot => void seen.push(snapshot))
    expect(scene.metadata.applyLeaderHints([{ topic: 't', partition: 0, leaderId: 2, leaderEpoch: 5 }])).toBe(true)
    expect(seen.at(-1)!.topics.get('t')!.partitions[0]).toMatchObject({ leader: 2, leaderEpoch: 5 })
    expect(scene.metadata.applyLeaderHints([{ topic: 't', partition: 0, leaderId: 2, leaderEpoch: 5 }])).toBe(false)
    scene.advance(1_000)
    expect(scene.requests.length).toBeGreaterThan(0)
    // The brokers' own metadata, older, does not undo it.
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]).toMatchObject({ leader: 2, leaderEpoch: 5 })
    undo()
    const count = seen.length
    scene.metadata.applyLeaderHints([{ topic: 't', partition: 0, leaderId: 3, leaderEpoch: 6 }])
    expect(seen.length).toBe(count)
  })

  test.each(['denied it', 'cannot be reached'])('a leader that %s loses against a rival of the same epoch', why => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [3, 2, 3] })
    scene.metadata.refresh()
    scene.advance(11_000)
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(1)
    if (why === 'denied it') scene.metadata.doubtLeader('t', 0, 1)
    else scene.metadata.lost(1)
    scene.metadata.refresh()
    scene.advance(1_000)
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(3)
  })

  test('topics that nobody keeps are forgotten after five minutes, the others stay', () => {
    const scene = settled()
    scene.cluster.topics.set('u', { leaders: [1] })
    scene.wait('u')
    scene.advance(10)
    const told: string[] = []
    scene.metadata.retain({
      lastUsedMs: topic => (topic === 'u' ? Infinity : -Infinity),
      // By then nothing is asked for it any more, and the question that leaves it out has not been asked yet.
      forgotten: topic => void told.push(`${topic} before question ${scene.requests.length}`)
    })
    const questions = scene.requests.length
    scene.advance(1_000_000)
    expect([...scene.metadata.snapshot.topics.keys()]).toEqual(['u'])
    expect(scene.topicsAsked().at(-1)).toEqual(['u'])
    expect(told).toEqual([`t before question ${questions}`])
  })

  test('a topic that is forgotten while brokers say that it is missing, is asked for at once when somebody wants it', () => {
    const scene = settled()
    scene.metadata.retain({ lastUsedMs: () => -Infinity, forgotten: () => {} })
    scene.advance(275_000)
    scene.cluster.topics.delete('t')
    scene.metadata.refresh()
    scene.advance(20_000)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(false)
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.wait('t')
    scene.advance(10)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('a topic that somebody waits for is asked for, though nobody has used it for five minutes', () => {
    const scene = settled()
    scene.metadata.retain({ lastUsedMs: () => -Infinity, forgotten: () => {} })
    scene.cluster.topics.set('u', { error: 5 })
    scene.wait('u', { deadlineMs: Infinity })
    scene.advance(1_000_000)
    scene.cluster.topics.set('u', { leaders: [2] })
    scene.advance(1_100)
    expect(scene.outcome()[1]).toMatchObject({ name: 'u' })
  })

  test('without anybody to say which to keep, all are kept', () => {
    const scene = settled()
    scene.advance(1_000_000)
    expect(scene.metadata.snapshot.topics.has('t')).toBe(true)
  })

  test('an answer that somebody else asked for updates what is in use, and only that', () => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [2, 2, 2], epoch: 3 })
    scene.cluster.topics.set('u', { leaders: [1] })
    const offered = scene.metadata.offer(scene.cluster.metadata({ topics: null }), scene.pool.clock.monotonicMs())
    expect(offered).toMatchObject({ clusterId: 'c1' })
    expect([...(offered as Snapshot).topics.keys()]).toEqual(['t', 'u'])
    expect([...scene.metadata.snapshot.topics.keys()]).toEqual(['t'])
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(2)
  })

  test('an answer that somebody else asked for before what is known now changes nothing', () => {
    const scene = settled()
    const old = scene.cluster.metadata({ topics: null })
    const askedMs = scene.pool.clock.monotonicMs()
    scene.advance(100)
    scene.cluster.nodes = [1, 2, 3, 4]
    scene.cluster.topics.set('t', { leaders: [4, 2, 3], epoch: 2 })
    scene.metadata.refresh()
    scene.advance(1_000)
    scene.metadata.offer(old, askedMs)
    expect([...scene.metadata.snapshot.brokers.keys()]).toEqual([1, 2, 3, 4])
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(4)
  })

  test('our own question of before that changes nothing of it either', () => {
    const scene = settled()
    const reply = scene.cluster.metadata({ topics: [{ name: 't' }] })
    scene.pool.answers = () => reply
    for (const who of ['start:9092', '#1', '#2', '#3']) scene.pool.delaysMs.set(who, 500)
    scene.metadata.refresh()
    scene.advance(100)
    scene.cluster.nodes = [1, 2, 3, 4]
    scene.cluster.topics.set('t', { leaders: [4, 2, 3], epoch: 2 })
    scene.metadata.offer(scene.cluster.metadata({ topics: null }), scene.pool.clock.monotonicMs())
    scene.pool.answers = scene.cluster.answers
    scene.advance(450)
    expect([...scene.metadata.snapshot.brokers.keys()]).toEqual([1, 2, 3, 4])
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(4)
  })

  test('what it leaves open is asked after', () => {
    const scene = settled()
    scene.cluster.topics.set('t', { leaders: [1, -1, 3], epoch: 2 })
    scene.metadata.offer(scene.cluster.metadata({ topics: null }), scene.pool.clock.monotonicMs())
    scene.cluster.topics.set('t', { leaders: [1, 2, 3], epoch: 2 })
    scene.advance(5_000)
    expect(scene.metadata.snapshot.topics.get('t')!.available).toEqual([0, 1, 2])
  })
})

describe('metadata > stop', () => {
  test.each([0, 1, 2, 50])('after %i ms of waiting: those who wait are told, and no timer is left', ms => {
    const scene = new Scene()
    scene.pool.down.add('start:9092')
    scene.wait('t')
    scene.advance(ms)
    scene.metadata.stop()
    const asked = scene.pool.acquired.length
    scene.advance(0)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_CLOSED', outcome: 'not-persisted' })
    scene.advance(5)
    expect(scene.pool.clock.pendingTimers).toBe(0)
    scene.wait('u')
    scene.metadata.refresh()
    scene.advance(1_000)
    expect(scene.told[1]![2]).toMatchObject({ code: 'KAFKA_CLOSED' })
    expect(scene.pool.acquired.length).toBe(asked)
  })

  test('an answer that comes too late changes nothing', () => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.pool.delaysMs.set('start:9092', 100)
    scene.wait('t')
    scene.advance(50)
    scene.metadata.stop()
    scene.advance(100)
    expect(scene.pool.asked.length).toBe(1)
    expect(scene.metadata.snapshot.brokers.size).toBe(0)
  })

  test('from inside the callback of one who waited', () => {
    const scene = new Scene()
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.metadata.topic('t', { autocreate: false, deadlineMs: 1_000 }, () => scene.metadata.stop())
    scene.wait('missing')
    scene.advance(100)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_CLOSED' })
    expect(scene.pool.clock.pendingTimers).toBe(0)
  })
})
