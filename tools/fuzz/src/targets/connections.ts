// Whole clients with one broker that is hostile: every call ends, in time, and the other brokers do not suffer.
import { ConnectionPool, type Connection } from '@sluice/connection'
import type { KafkaErrorCode } from '@sluice/core'
import { stringSerializers, Producer, ProduceAcks } from '@sluice/producer'
import { metadataApi } from '@sluice/protocol'
import { plain } from '@sluice/sasl'
import { ManualClock, TestCluster } from '@sluice/testing'
import { Finding } from '../finding.ts'
import { hostileTransport, type Witness } from '../hostile/hostile-transport.ts'
import { deeds, following, inputOf, programOf, type Program } from '../hostile/program.ts'
import { typed } from '../probe.ts'
import type { Target } from '../target.ts'

const requestTimeoutMs = 1000
const connectTimeoutMs = 1000
const deliveryTimeoutMs = 5000
const mostResponseBytes = 1_048_576
const hostileId = 2
const metadataKey = 3
const stepMs = 20
const user = { username: 'user', password: 'pencil' }

const connectionCodes: readonly KafkaErrorCode[] = [
  'KAFKA_CONNECTION',
  'KAFKA_TIMEOUT',
  'KAFKA_CORRUPT_FRAME',
  'KAFKA_UNSUPPORTED_VERSION',
  'KAFKA_BROKER',
  'KAFKA_AUTHENTICATION',
  'KAFKA_CLOSED'
]

export const connectionTargets: readonly Target[] = [
  target('pool', judgePool),
  target('pool with sasl', judgePool, true),
  target('producer', stage => judgeProducer(stage, ProduceAcks.ALL)),
  target('producer without acks', stage => judgeProducer(stage, ProduceAcks.NO_RESPONSE))
]

function target(variant: string, judge: (stage: Stage) => Promise<string>, sasl = false): Target {
  return {
    group: 'connection',
    variant,
    mostMs: 5000,
    seeds: () => [
      inputOf(0),
      inputOf(0, ['right'], ['flood', 1]),
      // ApiVersions asks for silence of 18 hours.
      inputOf(0, ['mutated', 0x6700]),
      ...deeds.flatMap(deed => [0, 1, 2, 3].map(before => inputOf(before, ...right(before), [deed, 257 * before + 7])))
    ],
    // A frame that is being put together doubles up to the limit, twice for each connection; the rest is the cluster's.
    mostBytes: () => 32 * mostResponseBytes,
    run: async (input, probe) => {
      const stage = await Stage.set(programOf(input), sasl)
      const { value, error } = await probe.attemptLater([], () => judge(stage))
      await stage.end()
      return value ?? String(error)
    }
  }
}

const right = (count: number): (readonly ['right'])[] => Array.from({ length: count }, () => ['right'])

/** Two brokers, the second behind a man in the middle. */
class Stage {
  readonly clock = new ManualClock()
  readonly witness: Witness = { answered: new Map(), connections: 0, lies: false }
  readonly program: Program
  readonly cluster: TestCluster
  readonly options

  private constructor(program: Program, clock: ManualClock, cluster: TestCluster, sasl: boolean) {
    this.program = program
    this.clock = clock
    this.cluster = cluster
    const { bootstrapBrokers, transport, random } = cluster.clientOptions()
    const [first, second] = bootstrapBrokers
    const isHostile = ({ host }: { readonly host: string }): boolean => host === second!.host
    this.options = {
      good: { ...first!, nodeId: 1 },
      hostile: { ...second!, nodeId: hostileId },
      client: {
        clock,
        random: random!,
        transport: hostileTransport({
          inner: transport!,
          clock,
          nextStep: following(program),
          witness: this.witness,
          isHostile
        }),
        connectTimeout: connectTimeoutMs,
        requestTimeout: requestTimeoutMs,
        maxResponseSize: mostResponseBytes,
        ...(sasl ? { sasl: plain(user) } : {})
      }
    }
  }

  static async set(program: Program, sasl: boolean): Promise<Stage> {
    const clock = new ManualClock()
    const users = { [user.username]: user.password }
    const cluster = await TestCluster.start({
      brokers: 2,
      topics: { orders: { partitions: 2, replicationFactor: 1 } },
      network: 'memory',
      clock,
      ...(sasl ? { sasl: { mechanisms: ['PLAIN'], users } } : {})
    })
    cluster.moveLeader('orders', 0, 1)
    cluster.moveLeader('orders', 1, hostileId)
    return new Stage(program, clock, cluster, sasl)
  }

  /** Lets time pass until all have settled. @throws Finding when that takes too long */
  async within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
    const settled = { yet: false }
    const settle = (): void => {
      settled.yet = true
    }
    promise.then(settle, settle)
    for (let ms = 0; !settled.yet; ms += stepMs) {
      if (ms > limitMs + stepMs) throw new Finding('no end', `${what} did not end within ${limitMs} ms`)
      this.clock.advance(stepMs)
      // Promises are not the clock's.
      for (let turn = 0; turn < 4; turn++) await Promise.resolve() // oxlint-disable-line no-await-in-loop
    }
    return promise
  }

  async end(): Promise<void> {
    await this.cluster.stop()
    this.clock.advance(60_000)
    const { pendingTimers, pendingSoon } = this.clock
    if (pendingTimers + pendingSoon > 0)
      throw new Finding('side effect', `${pendingTimers} timers and ${pendingSoon} tasks are left after closing`)
  }
}

async function judgePool(stage: Stage): Promise<string> {
  const { good, hostile, client } = stage.options
  const pool = new ConnectionPool(client)
  const silence = new Promise<void>(resolve => pool.once('throttle', () => resolve()))
  const asked = askThrice(pool, hostile)
  // To be ready, then the hard limit of a request, and the closing of the stream.
  const limitMs = connectTimeoutMs + 2 * requestTimeoutMs + 500
  const ours = await stage.within(limitMs, "a good broker's request", askThrice(pool, good))
  if (ours.some(outcome => outcome !== 'ok'))
    throw new Finding('side effect', `the good broker's requests ended with ${ours.join()}`)
  // Silence that a broker asks for (KIP-219) has no end but its own: what waits for that ends with the pool.
  await stage.within(limitMs, 'a request', Promise.race([asked, silence]))
  const closed = pool.close()
  const theirs = await stage.within(limitMs, 'a request of a pool that closes', asked)
  const succeeded = theirs.filter(outcome => outcome === 'ok').length
  const answered = stage.witness.answered.get(metadataKey) ?? 0
  if (succeeded > answered)
    throw new Finding('wrong value', `${succeeded} requests succeeded, ${answered} were answered`)
  await stage.within(requestTimeoutMs + 500, 'closing the pool', closed)
  return `${theirs.join()} ${stage.program.steps[0]?.deed}`
}

/** One outcome for each of three requests on one connection, or three times why there is none. */
async function askThrice(
  pool: ConnectionPool,
  address: { host: string; port: number; nodeId: number }
): Promise<string[]> {
  const connection = await new Promise<Connection | string>(resolve => {
    pool.acquire(address, 'control', (...[error, made]) => resolve(error === null ? made : outcomeOf(error)))
  })
  if (typeof connection === 'string') return [connection, connection, connection]
  return Promise.all([1, 2, 3].map(() => askOnce(connection)))
}

function askOnce(connection: Connection): Promise<string> {
  return new Promise((resolve, reject) => {
    let calls = 0
    connection.send(metadataApi, { topics: [] }, (...[error]) => {
      if (++calls > 1) reject(new Finding('side effect', 'a callback was called twice'))
      else resolve(error === null ? 'ok' : outcomeOf(error))
    })
  })
}

function outcomeOf(thrown: unknown): string {
  typed(connectionCodes, thrown)
  return (thrown as { code: string }).code
}

async function judgeProducer(stage: Stage, acks: ProduceAcks): Promise<string> {
  const { good, client } = stage.options
  const idempotent = acks === ProduceAcks.ALL && (stage.program.flags & 1) === 1
  const producer = new Producer({
    ...client,
    bootstrapBrokers: [{ host: good.host, port: good.port }],
    serializers: stringSerializers,
    acks,
    idempotent,
    deliveryTimeout: deliveryTimeoutMs,
    bufferTimeout: deliveryTimeoutMs,
    bufferMemory: mostResponseBytes,
    batchSize: 16_384
  })
  const send = (partition: number): Promise<string> => outcomeOfSend(producer, partition)
  const rounds = Array.from({ length: 3 }, () => [send(0), send(1)]).flat()
  // What is in flight when the time is up is told when its request is over.
  const limitMs = deliveryTimeoutMs + 2 * requestTimeoutMs + 500
  const outcomes = await stage.within(limitMs, 'a send', Promise.all(rounds))
  const ours = outcomes.filter((_, index) => index % 2 === 0)
  const fatal = idempotent && stage.witness.lies
  if (!fatal && ours.some(outcome => outcome !== 'ok'))
    throw new Finding('side effect', `sends to the good broker ended with ${ours.join()}`)
  await stage.within(
    2 * requestTimeoutMs + 1000,
    'closing the producer',
    producer.close({ timeout: 1000 }).catch(() => undefined)
  )
  return `${outcomes.join()} ${stage.program.steps[0]?.deed}`
}

async function outcomeOfSend(producer: Producer<string, string, string, string>, partition: number): Promise<string> {
  try {
    await producer.send({ messages: [{ topic: 'orders', partition, value: 'v' }] })
    return 'ok'
  } catch (thrown) {
    const error = typed(['KAFKA_PRODUCE_FAILED', 'KAFKA_TIMEOUT', 'KAFKA_FENCED', 'KAFKA_CLOSED'], thrown)
    return 'outcome' in error ? String(error.outcome) : error.name
  }
}
