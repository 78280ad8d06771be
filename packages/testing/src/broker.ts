// One broker: listens, holds its connections, can be paused, killed and started again.
import { InvalidArgumentError, type Callback } from '@sluice/core'
import type { AdvertisedApi } from './answers/api-versions.ts'
import { BrokerConnection, type AbandonedRequests, type ConnectionHost, type OfferedApi } from './broker-connection.ts'
import { makeBrokerApis, type ApiName, type BrokerApis, type VersionLimits } from './broker-apis.ts'
import { BrokerLife } from './broker-life.ts'
import { check, checkMembers, rules } from './checks.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Groups } from './groups.ts'
import type { Interceptors } from './interceptors.ts'
import type { SaslGate } from './sasl-gate.ts'
import type { Listener, Listening, ServerStream } from './server-stream.ts'

export interface BrokerParts {
  readonly id: number
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly cluster: ClusterState
  readonly interceptors: Interceptors
  readonly gate: SaslGate
  readonly groups: Groups
  readonly listening: Listening
  readonly nextConnectionId: () => number
}

const produceKey = 0
const anything = { must: 'anything', holds: () => true }

export class Broker implements ConnectionHost {
  readonly id: number
  readonly cluster: ClusterState
  readonly interceptors: Interceptors
  readonly gate: SaslGate
  readonly #parts: BrokerParts
  readonly #connections = new Set<BrokerConnection>()
  #apis = new Map<number, OfferedApi>()
  #port: number
  #listener: Listener | null = null
  #state: 'down' | 'starting' | 'up' = 'down'
  #life: BrokerLife
  abandonedRequests: AbandonedRequests = 'begun'

  constructor(parts: BrokerParts) {
    this.#parts = parts
    this.id = parts.id
    this.cluster = parts.cluster
    this.interceptors = parts.interceptors
    this.gate = parts.gate
    this.#port = parts.port
    this.#life = new BrokerLife(parts.cluster.clock)
    this.limitVersions({})
  }

  get life(): BrokerLife {
    return this.#life
  }

  get isDown(): boolean {
    return this.#state === 'down'
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#parts.host, port: this.#port }
  }

  get connections(): readonly BrokerConnection[] {
    return [...this.#connections]
  }

  /** One that is down. At once where the network can, as a simulation needs it. @param port another one than before */
  start(callback: Callback<void>, port: number = this.#port): void {
    const { host, listening, cluster } = this.#parts
    const accept = (stream: ServerStream): BrokerConnection => this.#accept(stream)
    this.#life = new BrokerLife(cluster.clock)
    if (listening.listenNow !== undefined) {
      const listener = listening.listenNow(host, port, accept)
      this.#state = 'starting'
      return this.#started(listener, callback)
    }
    this.#state = 'starting'
    listening.listen(host, port, accept, (error, listener) => {
      if (error === null) return this.#started(listener, callback)
      this.#state = 'down'
      callback(error, undefined)
    })
  }

  /** Stops as if its process was killed: nothing that was begun is finished. */
  kill(callback: () => void): void {
    this.#state = 'down'
    this.#life.end()
    for (const connection of this.#connections) connection.close('reset')
    this.#connections.clear()
    const listener = this.#listener
    this.#listener = null
    if (listener === null) callback()
    else listener.close(callback)
  }

  /** Stops as if its process was suspended: connections are taken, nothing is read and nothing happens. */
  pause(): void {
    if (this.#state === 'down') throw new InvalidArgumentError(`Broker ${this.id} is down and cannot be paused`)
    this.#life.suspend()
    for (const connection of this.#connections) connection.pause()
  }

  resume(): void {
    this.#life.resume()
    for (const connection of this.#connections) connection.resume()
  }

  /** What the broker offers from now on, on connections that exist as well. @throws InvalidArgumentError */
  limitVersions(limits: VersionLimits): void {
    const { groups, gate } = this.#parts
    const apis = makeBrokerApis({ groups, gate, advertised: () => this.#advertise() })
    checkLimits(limits, apis)
    this.#apis = new Map()
    for (const name of Object.keys(apis) as ApiName[]) {
      const limit = limits[name]
      const api: OfferedApi['api'] = apis[name]
      const { min, max } = api.codec.versions
      if (limit === null) continue
      this.#apis.set(api.codec.key, { name, api, versions: { min: limit?.min ?? min, max: limit?.max ?? max } })
    }
  }

  find(apiKey: number): OfferedApi | undefined {
    return this.#apis.get(apiKey)
  }

  closed(connection: BrokerConnection): void {
    this.#connections.delete(connection)
  }

  #accept(stream: ServerStream): BrokerConnection {
    const connection = new BrokerConnection(this.#parts.nextConnectionId(), this, stream)
    this.#connections.add(connection)
    return connection
  }

  #started(listener: Listener, callback: Callback<void>): void {
    if (this.#state !== 'starting') return listener.close(() => callback(null, undefined))
    this.#state = 'up'
    this.#listener = listener
    this.#port = listener.port
    this.cluster.brokerUp({ id: this.id, host: this.#parts.host, port: this.#port, rack: null })
    callback(null, undefined)
  }

  #advertise(): AdvertisedApi[] {
    // Brokers go on advertising versions of Produce that they do not take any more (KAFKA-18659).
    return [...this.#apis.entries()].map(([key, { versions }]) => ({
      key,
      min: key === produceKey ? 0 : versions.min,
      max: versions.max
    }))
  }
}

function checkLimits(limits: VersionLimits, apis: BrokerApis): void {
  checkMembers(Object.fromEntries(Object.keys(apis).map(name => [name, anything])), limits, 'versions', 'API')
  for (const name of Object.keys(limits) as ApiName[]) {
    const limit = limits[name]
    if (limit === null || limit === undefined) continue
    const { min, max } = apis[name].codec.versions
    const path = `versions.${name}`
    checkMembers({ min: rules.count(min, max), max: rules.count(min, max) }, limit, path)
    check(rules.count(limit.min ?? min, max), limit.max ?? max, `${path}.max`)
  }
}
