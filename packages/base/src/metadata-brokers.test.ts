// Brokers that do not answer, refuse, or belong to another cluster.
import { ConnectionError, UnsupportedVersionError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes, type MetadataRequest } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { FakeCluster, type Asked } from '../test/fake-pool.ts'
import { Scene, settled } from '../test/metadata-scene.ts'

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

  test('one address that does not speak of the cluster, such as a controller, does not keep another from answering', () => {
    const scene = new Scene(['start', 'other'])
    scene.cluster.topics.set('t', { leaders: [1] })
    scene.answers = asked =>
      asked.who === 'start:9092' ? new UnsupportedVersionError('no Metadata') : scene.cluster.answers(asked)
    scene.pool.down.add('other:9092')
    scene.wait('t')
    scene.advance(1_000)
    expect(scene.told).toEqual([])
    scene.pool.down.delete('other:9092')
    scene.advance(2_000)
    expect(scene.outcome()[1]).toMatchObject({ name: 't' })
  })

  // Story: a broker that is starting, or a proxy before it, answers the first question of a connection with an error code. It
  // was taken for the cluster's answer, and a client of one try gave up beside two brokers that were well.
  test('one address that is not ready to be asked does not keep another from answering', () => {
    for (const address of ['a:9092', 'b:9092']) {
      const scene = new Scene(['a', 'b'])
      scene.cluster.topics.set('t', { leaders: [1, 2, 3] })
      scene.pool.unready.set(address, brokerError(errorCodes.COORDINATOR_LOAD_IN_PROGRESS))
      scene.wait('t', { retries: 0 })
      scene.advance(1_000)
      expect(scene.outcome()[1]).toMatchObject({ name: 't' })
    }
  })

  test('if the others refuse the credentials, that is told at once', () => {
    const scene = new Scene(['start', 'other'])
    scene.answers = () => new UnsupportedVersionError('no Metadata')
    scene.pool.locked.add('other:9092')
    scene.wait('t')
    scene.advance(100)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_AUTHENTICATION', outcome: 'not-persisted' })
  })

  test('if none of them does, that is told at once', () => {
    const scene = new Scene(['start', 'other'])
    scene.answers = () => new UnsupportedVersionError('no Metadata')
    scene.wait('t')
    scene.advance(100)
    expect(scene.error()[1]).toMatchObject({ code: 'KAFKA_UNSUPPORTED_VERSION', outcome: 'not-persisted' })
    expect(new Set(scene.pool.takeAsked())).toEqual(new Set(['start:9092', 'other:9092']))
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
    for (const wire of [...scene.pool.connections()]) wire.destroy(new ConnectionError('gone'))
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
    for (const wire of [...scene.pool.connections()]) wire.destroy(new ConnectionError('gone'))
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
    for (const wire of [...scene.pool.connections()]) wire.destroy(new ConnectionError('gone'))
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
    for (const wire of [...scene.pool.connections()]) wire.destroy(new ConnectionError('gone'))
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
    for (const wire of [...scene.pool.connections()]) wire.destroy(new ConnectionError('gone'))
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
