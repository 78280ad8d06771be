// A cluster behind a pool of connections that are none: what brokers answer is a function of the test.
import {
  AuthenticationError,
  ConnectionError,
  type BrokerAddress,
  type Callback,
  type ConnectionState,
  type KafkaError,
  type Random
} from '@sluice/core'
import type { LaneName } from '@sluice/connection'
import { metadataApi, type Api, type MetadataRequest, type MetadataResponse } from '@sluice/protocol'
import { ManualClock, seededRandom } from '@sluice/testing'
import type { BrokerConnections, Wire } from '../src/pool.ts'
import { addressKey } from '../src/route.ts'

export interface Asked {
  /** Node id, or host and port of a bootstrap address. */
  readonly who: string
  readonly api: string
  readonly request: unknown
  readonly atMs: number
}

/** A response, a failure, or null for silence. */
export type Reply = object | KafkaError | null
export type Answers = (asked: Asked) => Reply

class FakeWire implements Wire {
  readonly address: BrokerAddress
  readonly #pool: FakePool
  state: ConnectionState = 'ready'
  inFlight = 0

  constructor(pool: FakePool, address: BrokerAddress) {
    this.#pool = pool
    this.address = address
  }

  send<Request, Response>(api: Api<Request, Response>, request: Request, callback: Callback<Response>): boolean {
    this.inFlight++
    this.#pool.answer(this, api.name, request, (...[error, response]) => {
      this.inFlight--
      if (error === null) callback(null, response as Response)
      else callback(error, undefined)
    })
    return true
  }

  destroy(_cause?: KafkaError): void {
    this.state = 'closed'
    this.#pool.destroyed.push(addressKey(this.address))
    this.#pool.drop(this)
  }
}

const latencyMs = 1

export class FakePool implements BrokerConnections {
  readonly clock = new ManualClock()
  readonly random: Random = seededRandom(1)
  readonly asked: Asked[] = []
  readonly acquired: string[] = []
  readonly destroyed: string[] = []
  /** Addresses that refuse connections. */
  readonly down = new Set<string>()
  /** Addresses that refuse the credentials. */
  readonly locked = new Set<string>()
  /** Addresses that cannot be connected to, and why. */
  readonly unready = new Map<string, KafkaError>()
  /** How long an address takes to answer, where it is not the usual time. */
  readonly delaysMs = new Map<string, number>()
  brokers: ReadonlyMap<number, { host: string; port: number }> = new Map()
  clusterId: string | null = null
  answers: Answers
  readonly #wires = new Map<string, FakeWire>()

  constructor(answers: Answers) {
    this.answers = answers
  }

  acquire(address: BrokerAddress, lane: LaneName, callback: Callback<Wire>): void {
    const who = addressKey(address)
    this.acquired.push(`${lane} ${who}`)
    this.clock.after(latencyMs, () => {
      if (this.down.has(who)) return callback(new ConnectionError(`${who} is down`, { problem: 'refused' }), undefined)
      const why = this.unready.get(who)
      if (why !== undefined) return callback(why, undefined)
      if (this.locked.has(who))
        return callback(new AuthenticationError(`${who} refuses`, { broker: address }), undefined)
      const wire = this.#wires.get(who) ?? new FakeWire(this, address)
      this.#wires.set(who, wire)
      callback(null, wire)
    })
  }

  answer(wire: FakeWire, api: string, request: unknown, callback: Callback<object>): void {
    const asked = { who: addressKey(wire.address), api, request, atMs: this.clock.monotonicMs() }
    this.asked.push(asked)
    const reply = this.answers(asked)
    if (reply === null) return
    this.clock.after(this.delaysMs.get(asked.who) ?? latencyMs, () => {
      if (reply instanceof Error) callback(reply, undefined)
      else callback(null, reply)
    })
  }

  peek(nodeId: number): Wire | undefined {
    return this.#wires.get(`#${nodeId}`)
  }

  updateBrokers(brokers: ReadonlyMap<number, { host: string; port: number }>, clusterId: string | null): void {
    this.brokers = brokers
    this.clusterId ??= clusterId
  }

  connections(): Iterable<Wire> {
    return this.#wires.values()
  }

  drop(wire: FakeWire): void {
    this.#wires.delete(addressKey(wire.address))
  }

  /** Who was asked since the last call of this. */
  takeAsked(): string[] {
    return this.asked.splice(0).map(({ who }) => who)
  }
}

export interface FakeTopic {
  readonly error?: number
  readonly id?: string
  /** The leader of each partition. */
  readonly leaders?: readonly number[]
  readonly epoch?: number
}

/** Answers Metadata as a cluster of such brokers would. */
export class FakeCluster {
  clusterId: string | null = 'c1'
  errorCode = 0
  nodes: readonly number[]
  readonly topics = new Map<string, FakeTopic>()

  constructor(nodes: readonly number[] = [1, 2, 3]) {
    this.nodes = nodes
  }

  metadata(request: MetadataRequest): MetadataResponse {
    const names = request.topics?.map(({ name }) => name!) ?? [...this.topics.keys()]
    return {
      throttleTimeMs: 0,
      brokers: this.nodes.map(nodeId => ({ nodeId, host: `b${nodeId}`, port: 9092, rack: null })),
      clusterId: this.clusterId,
      controllerId: this.nodes[0]!,
      topics: names.map(name => this.#topic(name)),
      clusterAuthorizedOperations: 0,
      errorCode: this.errorCode
    }
  }

  /** For pools that are asked nothing else. */
  readonly answers: Answers = ({ api, request }) => {
    if (api !== metadataApi.name) throw new Error(`${api} was not expected`)
    return this.metadata(request as MetadataRequest)
  }

  #topic(name: string): MetadataResponse['topics'][number] {
    const topic = this.topics.get(name) ?? { error: 3 }
    const { error = 0, id = `00000000-0000-0000-0000-0000000000${name.length + 10}`, leaders = [], epoch = 1 } = topic
    return {
      errorCode: error,
      name,
      topicId: id,
      isInternal: false,
      partitions: leaders.map((leaderId, partitionIndex) => ({
        errorCode: leaderId < 0 ? 5 : 0,
        partitionIndex,
        leaderId,
        leaderEpoch: epoch,
        replicaNodes: [],
        isrNodes: [],
        offlineReplicas: []
      })),
      topicAuthorizedOperations: 0
    }
  }
}
