// Three brokers and a whole producer, under one clock; the second broker turns bad when it is told to.
import { Producer, stringSerializers, type ProducerOptions } from '@sluice/producer'
import { ManualClock, TestCluster } from '@sluice/testing'
import { hostileTransport, type Witness } from './hostile-transport.ts'
import type { NextStep } from './program.ts'

export const badId = 2
export const goodIds = [1, 3] as const
export const limits = {
  connectTimeout: 1000,
  requestTimeout: 1000,
  deliveryTimeout: 5000,
  maxResponseSize: 1_048_576
} as const

const stepMs = 20
const user = { username: 'user', password: 'pencil' }

export type TextProducer = Producer<string, string, string, string>

/** What became of something that was asked, and when. */
export interface Ending {
  readonly startedMs: number
  readonly tookMs: number
  /** Null: it succeeded. */
  readonly error: unknown
}

export class BadBrokerStage {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly producer: TextProducer
  /** Why connections to the bad broker ended, or were not had. */
  readonly farewells: unknown[] = []
  readonly witness: Witness = { answered: new Map(), connections: 0, lies: false }
  #nextStep: NextStep = () => ({ deed: 'right', amount: 0 })

  private constructor(clock: ManualClock, cluster: TestCluster, options: Partial<ProducerOptions>) {
    this.clock = clock
    this.cluster = cluster
    const { bootstrapBrokers, transport, random } = cluster.clientOptions()
    const [first, second, third] = bootstrapBrokers
    this.producer = new Producer({
      ...limits,
      clock,
      random: random!,
      // The bad one is the first that is asked for everything.
      bootstrapBrokers: [second!, first!, third!],
      transport: hostileTransport({
        inner: transport!,
        clock,
        nextStep: (...asked) => this.#nextStep(...asked),
        witness: this.witness,
        isHostile: ({ host }) => host === second!.host
      }),
      sasl: { mechanism: 'PLAIN', ...user },
      bufferMemory: limits.maxResponseSize,
      batchSize: 16_384,
      ...options,
      serializers: stringSerializers
    })
    this.#listen()
  }

  static async set(options: Partial<ProducerOptions> = {}): Promise<BadBrokerStage> {
    const clock = new ManualClock()
    const cluster = await TestCluster.start({
      brokers: 3,
      topics: { orders: { partitions: 4, replicationFactor: 1 } },
      network: 'memory',
      clock,
      sasl: { users: { [user.username]: user.password } }
    })
    for (const id of [1, badId, 3]) cluster.moveLeader('orders', id, id)
    cluster.moveLeader('orders', 0, 1)
    return new BadBrokerStage(clock, cluster, options)
  }

  /** From now on, on all connections, those that exist included. */
  turn(nextStep: NextStep): void {
    this.#nextStep = nextStep
  }

  /** Ends the connections to the bad broker, so that it has to begin anew. */
  hangUp(): void {
    for (const connection of this.cluster.connections()) if (connection.brokerId === badId) connection.close()
  }

  /** One record, to the partition that this broker leads. */
  send(brokerId: number, value: string): Promise<Ending> {
    return this.ending(this.producer.send({ messages: [{ topic: 'orders', partition: brokerId, value }] }))
  }

  async ending(asked: Promise<unknown>): Promise<Ending> {
    const startedMs = this.clock.monotonicMs()
    const error: unknown = await asked.then(
      () => null,
      (thrown: unknown) => thrown
    )
    return { startedMs, tookMs: this.clock.monotonicMs() - startedMs, error }
  }

  /** Lets time pass until it settles. @throws when that takes longer than `limitMs` */
  async within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
    const settled = { yet: false }
    const settle = (): void => {
      settled.yet = true
    }
    promise.then(settle, settle)
    for (let ms = 0; !settled.yet; ms += stepMs) {
      if (ms > limitMs) throw new Error(`Nothing came of it within ${limitMs} ms`)
      await this.pass(stepMs) // oxlint-disable-line no-await-in-loop -- time passes
    }
    return promise
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(stepMs)
      // Promises are not the clock's.
      for (let turn = 0; turn < 8; turn++) await Promise.resolve() // oxlint-disable-line no-await-in-loop
    }
  }

  /** @returns timers and tasks that are left when everything is closed */
  async end(): Promise<number> {
    await this.within(
      2 * limits.requestTimeout + 1000,
      this.producer.close({ timeout: 1000 }).catch(() => undefined)
    )
    await this.cluster.stop()
    this.clock.advance(120_000)
    return this.clock.pendingTimers + this.clock.pendingSoon
  }

  #listen(): void {
    const hear = ({ broker, error }: { broker: { host: string }; error?: unknown }): void => {
      if (broker.host === `broker-${badId}` && error !== undefined) this.farewells.push(error)
    }
    this.producer.on('client:broker:disconnect', hear)
    this.producer.on('client:broker:failed', hear)
  }
}
