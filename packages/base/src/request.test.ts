import { BrokerError, ConnectionError, TimeoutError, UnsupportedVersionError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes, initProducerIdApi, type InitProducerIdResponse } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { FakePool, type Answers } from '../test/fake-pool.ts'
import { Bootstrap, type BootstrapBrokers } from './bootstrap.ts'
import { createRequests, type AskOptions, type OpenRequest, type Requests } from './request.ts'
import { Router } from './route.ts'

const request = { transactionalId: null, transactionTimeoutMs: 60_000 }

function identity(errorCode = 0): InitProducerIdResponse {
  return { throttleTimeMs: 0, errorCode, producerId: 7n, producerEpoch: 0 }
}

function check({ errorCode }: InitProducerIdResponse): BrokerError | null {
  return errorCode === 0 ? null : brokerError(errorCode)
}

interface SceneOptions {
  readonly known?: readonly number[]
  readonly retries?: number
  readonly bootstrap?: BootstrapBrokers
}

/** Questions to a cluster of brokers 1 to 3, known from metadata unless said otherwise. */
class Scene {
  readonly pool: FakePool
  readonly router: Router
  readonly requests: Requests
  readonly told: [atMs: number, outcome: KafkaError | InitProducerIdResponse][] = []
  lost = 0

  constructor(answers: Answers, { known = [1, 2, 3], retries = Infinity, bootstrap = ['start'] }: SceneOptions = {}) {
    this.pool = new FakePool(answers)
    const { clock, random } = this.pool
    this.router = new Router(this.pool, new Bootstrap({ brokers: bootstrap, clock, random, timeoutMs: 10_000 }), random)
    this.router.learn(new Map(known.map(nodeId => [nodeId, { host: `b${nodeId}`, port: 9092, rack: null }])))
    const retryDelay = ({ attempt }: { attempt: number }): number => Math.min(1_000, 100 * 2 ** (attempt - 1))
    const onLost = (): void => void this.lost++
    this.requests = createRequests({ clock, pool: this.pool, router: this.router, retries, retryDelay, onLost })
  }

  ask(options: Partial<AskOptions<InitProducerIdResponse>> = {}): OpenRequest {
    return this.requests.ask(
      initProducerIdApi,
      request,
      { to: 'any', deadlineMs: 60_000, check, ...options },
      (...[error, response]) => {
        this.told.push([this.pool.clock.monotonicMs(), error ?? response])
      }
    )
  }

  answers(answers: Answers): void {
    this.pool.answers = answers
  }

  advance(ms: number): void {
    this.pool.clock.advance(ms)
  }

  outcome(): KafkaError | InitProducerIdResponse {
    if (this.told.length !== 1) throw new Error(`${this.told.length} outcomes where one was expected`)
    return this.told[0]![1]
  }
}

describe('requests > any broker', () => {
  test('an answer is given, in a later turn', () => {
    const scene = new Scene(() => identity())
    scene.ask()
    expect(scene.told).toEqual([])
    scene.advance(10)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    expect(scene.pool.clock.pendingTimers).toBe(0)
  })

  test('before any metadata the bootstrap list is asked', () => {
    const scene = new Scene(() => identity(), { known: [] })
    scene.ask()
    scene.advance(10)
    expect(scene.pool.takeAsked()).toEqual(['start:9092'])
  })

  test('brokers that are down are passed over without a pause', () => {
    const scene = new Scene(() => identity())
    scene.pool.down.add('#1').add('#2')
    scene.ask()
    scene.advance(20)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    expect(scene.pool.takeAsked()).toEqual(['#3'])
  })

  test('when all known ones are down the bootstrap list is asked', () => {
    const scene = new Scene(() => identity())
    scene.pool.down.add('#1').add('#2').add('#3')
    scene.ask()
    scene.advance(20)
    expect(scene.pool.takeAsked()).toEqual(['start:9092'])
  })

  // Story: the bootstrap name leads to another cluster by now, as after a failover, and the brokers of ours are down. The
  // other cluster gave a producer id, which in ours may be somebody else's: his records and ours are taken for duplicates.
  test('what must come from the cluster itself is asked of its nodes only, once there are any', () => {
    const scene = new Scene(() => identity())
    scene.pool.down.add('#1').add('#2').add('#3')
    scene.ask({ to: 'member' })
    scene.advance(1_000)
    expect(scene.told).toEqual([])
    expect(scene.lost).toBeGreaterThan(0)
    expect(scene.pool.acquired.filter(lane => lane.includes('start'))).toEqual([])
    scene.pool.down.delete('#2')
    scene.advance(1_100)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })

  test('also when they were all found to belong to another cluster', () => {
    const scene = new Scene(() => identity())
    scene.router.learn(new Map())
    scene.ask({ to: 'member' })
    expect(scene.told).toEqual([])
    scene.advance(1_000)
    expect(scene.told).toEqual([])
    expect(scene.pool.acquired).toEqual([])
  })

  test('the connection that metadata came by will do, and no other of the start', () => {
    const scene = new Scene(() => identity())
    scene.pool.acquire({ host: 'start', port: 9092 }, 'control', () => {})
    scene.advance(10)
    scene.router.trust({ host: 'start', port: 9092 })
    scene.ask({ to: 'member' })
    scene.advance(10)
    expect(scene.pool.takeAsked()).toEqual(['start:9092'])
    scene.router.trust({ host: 'b1', port: 9092, nodeId: 1 })
    scene.ask({ to: 'member' })
    scene.advance(20)
    expect(scene.pool.takeAsked()).toEqual([expect.stringMatching(/^#/)])
  })

  test('as long as there are none, the bootstrap list will do', () => {
    const scene = new Scene(() => identity(), { known: [] })
    scene.ask({ to: 'member' })
    scene.advance(10)
    expect(scene.pool.takeAsked()).toEqual(['start:9092'])
  })

  test('when the client shall begin anew, it waits until it has', () => {
    const scene = new Scene(() => identity())
    scene.answers(() => brokerError(errorCodes.REBOOTSTRAP_REQUIRED))
    const question = scene.ask({ to: 'member' })
    scene.advance(300)
    expect(scene.pool.takeAsked()).toHaveLength(1)
    expect(scene.lost).toBeGreaterThan(0)
    expect(question.lastError!.message).toMatch(/nodes of the cluster are being looked for anew/)
    scene.answers(() => identity())
    scene.router.trust({ host: 'b1', port: 9092, nodeId: 1 })
    scene.advance(1_100)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })

  test('a broker that failed is not the first to be asked the next time', () => {
    const scene = new Scene(() => identity())
    scene.pool.down.add('#1').add('#2')
    for (let index = 0; index < 10; index++) {
      scene.ask()
      scene.advance(20)
    }
    expect(scene.pool.acquired.filter(lane => lane !== 'control #3').length).toBeLessThanOrEqual(2)
  })

  test('a broker that lets requests time out is asked after the others, connected or not', () => {
    const late = new TimeoutError('late', { operation: 'InitProducerId', limitMs: 1 })
    const scene = new Scene(({ who }) => (who === scene.pool.asked[0]!.who ? late : identity()))
    for (let index = 0; index < 5; index++) {
      scene.ask()
      scene.advance(20)
    }
    const asked = scene.pool.takeAsked()
    expect(asked.filter(who => who === asked[0]).length).toBe(1)
  })

  test('a connection that is there is used', () => {
    const scene = new Scene(() => identity())
    for (let index = 0; index < 10; index++) {
      scene.ask()
      scene.advance(20)
    }
    expect(new Set(scene.pool.takeAsked()).size).toBe(1)
  })

  test('the connection that the first metadata came by will do', () => {
    const scene = new Scene(() => identity(), { known: [] })
    scene.ask()
    scene.advance(20)
    scene.router.learn(new Map([[1, { host: 'b1', port: 9092, rack: null }]]))
    scene.ask()
    scene.advance(20)
    expect(scene.pool.takeAsked()).toEqual(['start:9092', 'start:9092'])
  })

  test('an error that passes is asked again after a pause that grows', () => {
    let failing = 3
    const scene = new Scene(() => identity(failing-- > 0 ? 14 : 0))
    scene.ask()
    scene.advance(2_000)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    const pauses = scene.pool.asked.map(({ atMs }, index, all) =>
      index === 0 ? 0 : Math.floor((atMs - all[index - 1]!.atMs) / 100)
    )
    expect(pauses).toEqual([0, 1, 2, 4])
  })

  test('an error that does not pass is told at once', () => {
    const scene = new Scene(() => identity(31))
    scene.ask()
    scene.advance(20)
    expect(scene.outcome()).toMatchObject({ code: 'KAFKA_BROKER', errorCode: 31 })
    expect(scene.pool.asked.length).toBe(1)
  })

  test('a version that every broker lacks is told at once', () => {
    const scene = new Scene(() => new UnsupportedVersionError('too old'))
    scene.ask()
    scene.advance(20)
    expect(scene.outcome()).toMatchObject({ code: 'KAFKA_UNSUPPORTED_VERSION' })
    expect(new Set(scene.pool.takeAsked()).size).toBe(4)
  })

  test('a version that one broker lacks is asked of another', () => {
    const scene = new Scene(({ who }) =>
      who === scene.pool.asked[0]!.who ? new UnsupportedVersionError('too old') : identity()
    )
    scene.ask()
    scene.advance(20)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })

  test('a request that times out on one broker is asked of another', () => {
    const late = new TimeoutError('late', { operation: 'InitProducerId', limitMs: 1 })
    const scene = new Scene(({ who }) => (who === scene.pool.asked[0]!.who ? late : identity()))
    scene.ask()
    scene.advance(20)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    expect(scene.pool.takeAsked().length).toBe(2)
  })

  test('a broker that keeps silent does not keep the others from being asked', () => {
    const scene = new Scene(({ who }) => (who === scene.pool.asked[0]!.who ? null : identity()))
    scene.ask()
    scene.advance(1_900)
    expect(scene.pool.asked.length).toBe(1)
    scene.advance(200)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    expect(scene.pool.asked.length).toBe(2)
    expect(scene.pool.clock.pendingTimers).toBe(0)
  })

  test('a late answer of the first one is as good', () => {
    const scene = new Scene(() => identity())
    scene.pool.delaysMs.set('#1', 5_000).set('#2', 5_000).set('#3', 5_000).set('start:9092', 60_000)
    scene.ask()
    scene.advance(5_100)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    scene.advance(60_000)
    expect(scene.told.length).toBe(1)
  })

  test('refused credentials do not end a question that has time left', () => {
    const scene = new Scene(() => identity(), { known: [1] })
    scene.pool.locked.add('#1').add('start:9092')
    scene.ask()
    scene.advance(5_000)
    expect(scene.told).toEqual([])
    scene.pool.locked.clear()
    scene.advance(1_100)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })
})

describe('requests > limits', () => {
  test('the deadline ends the question, whatever is under way, with the last failure as cause', () => {
    const scene = new Scene(() => null)
    scene.ask({ deadlineMs: 3_000 })
    scene.advance(2_999)
    expect(scene.told).toEqual([])
    scene.advance(1)
    expect(scene.told).toEqual([
      [3_000, expect.objectContaining({ code: 'KAFKA_TIMEOUT', operation: 'InitProducerId', limitMs: 3_000 })]
    ])
    expect(scene.pool.clock.pendingTimers).toBe(0)
    const refused = new Scene(() => identity(14))
    refused.ask({ deadlineMs: 3_000 })
    refused.advance(3_000)
    expect(refused.outcome()).toMatchObject({ code: 'KAFKA_TIMEOUT', cause: { errorCode: 14 } })
  })

  test('a deadline that is over already is a timeout, in a later turn', () => {
    const scene = new Scene(() => identity())
    scene.advance(100)
    scene.ask({ deadlineMs: 50 })
    expect(scene.told).toEqual([])
    scene.advance(0)
    expect(scene.outcome()).toMatchObject({ code: 'KAFKA_TIMEOUT' })
  })

  test.each([0, 1, 3])('%i attempts after the first', retries => {
    const scene = new Scene(() => identity(14), { retries })
    scene.ask()
    scene.advance(10_000)
    expect(scene.outcome()).toMatchObject({ errorCode: 14 })
    expect(scene.pool.asked.length).toBe(retries + 1)
  })

  test('nothing is told after a cancel', () => {
    for (const ms of [0, 1, 2, 150]) {
      const scene = new Scene(() => identity(14))
      const question = scene.ask()
      scene.advance(ms)
      question.cancel()
      question.cancel()
      const count = scene.pool.asked.length
      scene.advance(10_000)
      expect(scene.told).toEqual([])
      expect(scene.pool.asked.length).toBe(count)
      expect(scene.pool.clock.pendingTimers).toBe(0)
    }
  })

  test('open and later questions fail when the client is closed', () => {
    const scene = new Scene(() => null)
    scene.ask()
    scene.ask()
    scene.advance(10)
    scene.requests.stop()
    scene.ask()
    scene.advance(0)
    expect(scene.told.map(([, outcome]) => outcome)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ code: 'KAFKA_CLOSED' }))
    )
    expect(scene.pool.clock.pendingTimers).toBe(0)
  })
})

describe('requests > one broker', () => {
  test('only that one is asked', () => {
    const scene = new Scene(() => identity())
    scene.ask({ to: 2 })
    scene.advance(20)
    expect(scene.pool.takeAsked()).toEqual(['#2'])
  })

  test('if it is down it is asked again, and nobody else; metadata is asked for', () => {
    const scene = new Scene(() => identity())
    scene.pool.down.add('#2')
    scene.ask({ to: 2 })
    scene.advance(500)
    expect(scene.lost).toBeGreaterThan(0)
    scene.pool.down.clear()
    scene.advance(1_100)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
    expect(scene.pool.takeAsked()).toEqual(['#2'])
  })

  test('if it is not in the metadata yet it is waited for', () => {
    const scene = new Scene(() => identity())
    scene.ask({ to: 9 })
    scene.advance(500)
    expect(scene.lost).toBeGreaterThan(0)
    scene.router.learn(new Map([[9, { host: 'b9', port: 1, rack: null }]]))
    scene.advance(1_100)
    expect(scene.pool.takeAsked()).toEqual(['#9'])
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })

  test('an address learnt elsewhere is asked as it is', () => {
    const scene = new Scene(() => identity())
    scene.ask({ to: { host: 'coordinator', port: 7, nodeId: 8 } })
    scene.advance(20)
    expect(scene.pool.takeAsked()).toEqual(['#8'])
  })

  test('a connection that breaks is a reason to try again', () => {
    let broken = 1
    const scene = new Scene(() => (broken-- > 0 ? new ConnectionError('cut', { handedOver: true }) : identity()))
    scene.ask({ to: 1 })
    scene.advance(1_000)
    expect(scene.outcome()).toMatchObject({ producerId: 7n })
  })
})

test.each(['cancelled', 'stopped'])('one that waits for a bootstrap function and is %s leaves no timer', how => {
  const scene = new Scene(() => identity(), { known: [], bootstrap: () => new Promise(() => {}) })
  const question = scene.ask()
  scene.advance(1)
  if (how === 'cancelled') question.cancel()
  else scene.requests.stop()
  expect(scene.pool.clock.pendingTimers).toBe(0)
})

test('a bootstrap function that ends who asks leaves no timer, and nobody is connected to', async () => {
  let end = (): void => {}
  const bootstrap = (): string[] => {
    end()
    return ['start']
  }
  const scene = new Scene(() => identity(), { known: [], bootstrap })
  end = () => scene.requests.stop()
  scene.ask()
  scene.advance(1)
  await Promise.resolve()
  await Promise.resolve()
  scene.advance(10_000)
  expect(scene.pool.acquired).toEqual([])
  expect(scene.pool.clock.pendingTimers).toBe(0)
})
