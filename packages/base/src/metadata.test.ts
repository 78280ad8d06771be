import { isKafkaError, type Callback, type KafkaError } from '@sluice/core'
import type { MetadataRequest } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { FakeCluster, FakePool, type Asked } from '../test/fake-pool.ts'
import { Bootstrap } from './bootstrap.ts'
import { MetadataOwner } from './metadata-owner.ts'
import type { TopicWait } from './metadata.ts'
import type { Cancellable } from './request.ts'
import { Router } from './route.ts'
import type { Snapshot, TopicInfo } from './snapshot.ts'

type Told = TopicInfo | KafkaError

/** Metadata of a fake cluster: three brokers behind one bootstrap address. */
class Scene {
  readonly cluster = new FakeCluster()
  readonly pool = new FakePool(asked => this.answers(asked))
  readonly told: [name: string, atMs: number, outcome: Told][] = []
  readonly metadata: MetadataOwner
  answers = this.cluster.answers

  constructor(bootstrap: readonly string[] = ['start'], maxAgeMs = 300_000) {
    const { clock, random } = this.pool
    const router = new Router(
      this.pool,
      new Bootstrap({ brokers: bootstrap, clock, random, timeoutMs: 10_000 }),
      random
    )
    const retryDelay = ({ attempt }: { attempt: number }): number => Math.min(1_000, 100 * 2 ** (attempt - 1))
    this.metadata = new MetadataOwner({ clock, observer: {}, pool: this.pool, router, retryDelay, maxAgeMs })
  }

  wait(name: string, options: Partial<TopicWait> & { withinMs?: number } = {}): Cancellable {
    const { withinMs = 60_000, ...rest } = options
    const { clock } = this.pool
    const deadlineMs = clock.monotonicMs() + withinMs
    const callback: Callback<TopicInfo> = (...[error, info]) =>
      void this.told.push([name, clock.monotonicMs(), error ?? info])
    return this.metadata.topic(name, { autocreate: false, deadlineMs, ...rest }, callback)
  }

  advance(ms: number): void {
    this.pool.clock.advance(ms)
  }

  /** The one outcome there is by now, and when it came. */
  outcome(): [atMs: number, outcome: Told] {
    if (this.told.length !== 1) throw new Error(`${this.told.length} outcomes where one was expected`)
    const [, atMs, outcome] = this.told[0]!
    return [atMs, outcome]
  }

  error(): [atMs: number, error: KafkaError] {
    const [atMs, outcome] = this.outcome()
    if (!isKafkaError(outcome)) throw new Error('A topic was found where an error was expected')
    return [atMs, outcome]
  }

  get requests(): MetadataRequest[] {
    return this.pool.asked.map(({ request }) => request as MetadataRequest)
  }

  topicsAsked(): string[][] {
    return this.requests.map(({ topics }) => topics!.map(({ name }) => name!))
  }
}

/** A scene that knows topic `t`. */
function settled(leaders: readonly number[] = [1, 2, 3]): Scene {
  const scene = new Scene()
  scene.cluster.topics.set('t', { leaders })
  scene.wait('t')
  scene.advance(10_000)
  scene.told.length = 0
  scene.pool.asked.length = 0
  return scene
}

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
  })

  test('why nobody answers is told for as long as nobody does, to those who have a deadline of their own', () => {
    const scene = new Scene()
    expect(scene.metadata.lastFailure).toBeNull()
    scene.pool.down.add('start:9092')
    scene.wait('t', { deadlineMs: Infinity })
    scene.advance(1_000)
    expect(scene.metadata.lastFailure).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'refused' })
    scene.pool.down.clear()
    scene.advance(1_000)
    expect(scene.metadata.lastFailure).toBeNull()
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

describe('metadata > brokers that do not answer', () => {
  test('AuthenticationError once every address tried has refused', () => {
    const scene = new Scene(['start', 'other'])
    scene.pool.locked.add('start:9092')
    scene.pool.locked.add('other:9092')
    scene.wait('t')
    scene.advance(100)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_AUTHENTICATION', outcome: 'not-persisted' })
  })

  test('one address that refuses does not keep another from answering', () => {
    const scene = new Scene(['start', 'other'])
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.pool.locked.add('start:9092')
    scene.wait('t')
    scene.advance(100)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('an address that is down has not refused', () => {
    const scene = new Scene(['start', 'other'])
    scene.pool.locked.add('start:9092')
    scene.pool.down.add('other:9092')
    scene.wait('t', { withinMs: 5_000 })
    scene.advance(4_999)
    expect(scene.told).toEqual([])
    scene.advance(1)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { code: 'KAFKA_AUTHENTICATION' } })
  })

  test('a pool that fails in words of its own is told in ours, and asked again', () => {
    const scene = new Scene()
    const failure = new Error('no such broker')
    const acquire = scene.pool.acquire.bind(scene.pool)
    scene.pool.acquire = (_address, _lane, callback) => {
      // What somebody else's pool may do, whatever the types say.
      scene.pool.clock.soon(() => callback(failure as KafkaError, undefined))
    }
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.wait('t', { retries: 2 })
    scene.advance(1_000)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_CONNECTION', outcome: 'not-persisted', cause: failure })
    scene.pool.acquire = acquire
    scene.wait('t')
    scene.advance(2_000)
    expect(scene.told.at(-1)![2]).toMatchObject({ name: 't' })
  })

  test('rounds without an answer come less and less often', () => {
    const scene = new Scene()
    scene.pool.down.add('start:9092')
    scene.wait('t')
    scene.advance(10_000)
    expect(scene.pool.acquired.length).toBeGreaterThan(8)
    expect(scene.pool.acquired.length).toBeLessThan(20)
  })

  test('who puts up with so many rounds fails after them', () => {
    const scene = new Scene()
    scene.pool.down.add('start:9092')
    scene.wait('t', { retries: 2 })
    scene.advance(10_000)
    const [, error] = scene.error()
    expect(error).toMatchObject({ code: 'KAFKA_CONNECTION', outcome: 'not-persisted' })
    expect(scene.told[0]![1]).toBeLessThan(500)
  })

  test('when all known brokers are gone, the bootstrap list is asked', () => {
    const scene = settled()
    for (const who of ['#1', '#2', '#3']) scene.pool.down.add(who)
    scene.pool.answers = asked => (asked.who === 'start:9092' ? scene.cluster.answers(asked) : null)
    for (const wire of [...scene.pool.connections()]) wire.destroy(new Error('gone') as KafkaError)
    scene.cluster.nodes = [4, 5]
    scene.cluster.topics.set('t', { leaders: [4], epoch: 7 })
    scene.metadata.refresh()
    scene.advance(2_000)
    expect([...scene.metadata.snapshot.brokers.keys()]).toEqual([4, 5])
    expect(scene.metadata.snapshot.topics.get('t')!.partitions[0]!.leader).toBe(4)
  })

  test('error 129 sends the client back to the bootstrap list, and no other known broker is asked on the way', () => {
    const scene = settled()
    let again = false
    scene.pool.answers = asked => {
      const answer = scene.cluster.metadata(asked.request as MetadataRequest)
      return asked.who === 'start:9092' && again ? answer : { ...answer, errorCode: 129 }
    }
    // The connection of the start is gone, so that a node of the cluster is the first to be asked.
    for (const wire of [...scene.pool.connections()]) wire.destroy(new Error('gone') as KafkaError)
    scene.metadata.refresh()
    scene.advance(2_000)
    again = true
    scene.advance(3_000)
    const [first, ...others] = scene.pool.takeAsked()
    expect(first).toMatch(/^#/)
    expect(others.length).toBeGreaterThan(2)
    expect(new Set(others)).toEqual(new Set(['start:9092']))
    expect(scene.metadata.snapshot.topics.has('t')).toBe(true)
    // What the start told is trusted again.
    scene.pool.answers = scene.cluster.answers
    for (const wire of [...scene.pool.connections()]) wire.destroy(new Error('gone') as KafkaError)
    scene.advance(20_000)
    scene.pool.takeAsked()
    scene.metadata.refresh()
    scene.advance(100)
    expect(scene.pool.takeAsked()[0]).toMatch(/^#/)
  })

  test('after error 129 the known brokers are not asked even while the bootstrap list is down', () => {
    const scene = settled()
    scene.pool.answers = asked => ({ ...scene.cluster.metadata(asked.request as MetadataRequest), errorCode: 129 })
    scene.pool.down.add('start:9092')
    for (const wire of [...scene.pool.connections()]) wire.destroy(new Error('gone') as KafkaError)
    scene.metadata.refresh()
    scene.advance(5_000)
    expect(scene.pool.takeAsked().length).toBe(1)
  })

  test('an error for the answer as a whole is one broker’s trouble: another one is asked after a pause', () => {
    const scene = new Scene()
    let failing = 2
    scene.pool.answers = asked => {
      const answer = scene.cluster.metadata(asked.request as MetadataRequest)
      return failing-- > 0 ? { ...answer, errorCode: -1 } : answer
    }
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.wait('t')
    scene.advance(5_000)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  test('another cluster is refused: nothing is learnt from it, and its connection is cut', () => {
    const scene = settled()
    const { brokers, topics } = scene.metadata.snapshot
    scene.cluster.clusterId = 'c2'
    scene.cluster.topics.set('t', { leaders: [9], epoch: 9 })
    scene.metadata.refresh()
    scene.advance(300)
    expect(scene.pool.destroyed.length).toBeGreaterThan(0)
    expect(scene.metadata.snapshot.clusterId).toBe('c1')
    expect(scene.metadata.snapshot.topics.get('t')!.partitions.every(({ leader }) => leader !== 9)).toBe(true)
    expect(topics.get('t')!.partitions.map(({ leader }) => leader)).toEqual([1, 2, 3])
    expect(brokers.size).toBe(3)
  })

  test('a node at whose address another cluster answers leads nothing until the cluster names it again', () => {
    const scene = settled()
    for (const wire of [...scene.pool.connections()]) wire.destroy(new Error('gone') as KafkaError)
    const foreign = new FakeCluster()
    foreign.clusterId = 'c2'
    scene.pool.answers = asked => (asked.who === scene.pool.asked[0]!.who ? foreign.answers(asked) : null)
    scene.metadata.refresh()
    scene.advance(1_000)
    const nodeId = Number(scene.pool.asked[0]!.who.slice(1))
    const { brokers, topics } = scene.metadata.snapshot
    expect(brokers.has(nodeId)).toBe(false)
    expect(scene.pool.brokers.has(nodeId)).toBe(false)
    expect(topics.get('t')!.partitions.filter(({ leader }) => leader === -1).length).toBe(1)
    scene.pool.answers = scene.cluster.answers
    scene.advance(40_000)
    expect(scene.metadata.snapshot.topics.get('t')!.available).toEqual([0, 1, 2])
  })

  test('who waits while every address belongs to another cluster is told so', () => {
    const scene = settled()
    scene.cluster.clusterId = 'c2'
    scene.wait('u')
    scene.advance(2_000)
    expect(scene.error()[1]).toMatchObject({
      code: 'KAFKA_CONNECTION',
      problem: 'wrong-cluster',
      outcome: 'not-persisted'
    })
  })

  test('one broker of another cluster leads nothing, and the others go on', () => {
    const scene = settled()
    const foreign = new FakeCluster()
    foreign.clusterId = 'c2'
    scene.pool.answers = (asked: Asked) => (asked.who === '#2' ? foreign.answers(asked) : scene.cluster.answers(asked))
    for (let round = 0; round < 10; round++) {
      scene.metadata.refresh()
      scene.advance(15_000)
    }
    expect(scene.metadata.snapshot.clusterId).toBe('c1')
    expect(scene.metadata.snapshot.topics.get('t')!.available).toContain(0)
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
