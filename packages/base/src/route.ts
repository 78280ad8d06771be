// Which broker to ask: known nodes first, the bootstrap list when they are used up.
import type { BrokerAddress, Callback, Random } from '@sluice/core'
import { shuffled, type Bootstrap } from './bootstrap.ts'
import type { BrokerConnections, Wire } from './pool.ts'
import type { BrokerInfo } from './snapshot.ts'

/** A broker by its node id, or a bootstrap address by host and port. */
export function addressKey(address: BrokerAddress): string {
  return address.nodeId === undefined ? `${address.host}:${address.port}` : `#${address.nodeId}`
}

export class Router {
  readonly #pool: BrokerConnections
  readonly #bootstrap: Bootstrap
  readonly #random: Random
  #known: ReadonlyMap<number, BrokerInfo> = new Map()
  /** Addresses whose last attempt failed, in the order of failing. */
  readonly #failed = new Set<string>()
  #forgotten = false
  #hasMet = false
  /** The connection that metadata of the cluster came by last. */
  #vouched: Wire | null = null

  constructor(pool: BrokerConnections, bootstrap: Bootstrap, random: Random) {
    this.#pool = pool
    this.#bootstrap = bootstrap
    this.#random = random
  }

  learn(brokers: ReadonlyMap<number, BrokerInfo>): void {
    this.#known = brokers
    this.#hasMet ||= brokers.size > 0
    for (const key of this.#failed)
      if (key.startsWith('#') && !brokers.has(Number(key.slice(1)))) this.#failed.delete(key)
  }

  /** Ask nobody but the bootstrap list until metadata comes. Connections stay: only new metadata proves them wrong. @see KIP-1102 */
  forget(): void {
    this.#forgotten = true
  }

  /** Metadata came: the nodes that it names may be asked again, and who gave it belongs to the cluster. */
  trust(from: BrokerAddress): void {
    this.#forgotten = false
    const key = addressKey(from)
    this.#vouched = null
    for (const wire of this.#pool.connections()) if (addressKey(wire.address) === key) this.#vouched = wire
  }

  /** Whether metadata have ever named a node. */
  get hasMet(): boolean {
    return this.#hasMet
  }

  addressOf(nodeId: number): BrokerAddress | undefined {
    const broker = this.#known.get(nodeId)
    return broker === undefined ? undefined : { host: broker.host, port: broker.port, nodeId }
  }

  failed(address: BrokerAddress): void {
    const key = addressKey(address)
    this.#failed.delete(key)
    this.#failed.add(key)
    // A function may give other addresses each time.
    const [oldest] = this.#failed
    if (this.#failed.size > failureLimit) this.#failed.delete(oldest!)
  }

  answered(address: BrokerAddress): void {
    this.#failed.delete(addressKey(address))
  }

  /**
   * Known nodes, best first: a connection that is ready, then untried ones in random order, then those that failed, longest
   * ago first. Keys in `last` come last of all. A bootstrap connection that is ready will do as well: for `any` each, for
   * `member` the one that metadata came by.
   */
  candidates(last: ReadonlySet<string>, to: 'any' | 'member' = 'any'): readonly BrokerAddress[] {
    if (this.#forgotten) return []
    const failures = [...this.#failed]
    const ranked = shuffled([...this.#known.keys()], this.#random).map(nodeId => {
      const address = this.addressOf(nodeId)!
      const key = addressKey(address)
      const ready = readiness(this.#pool.peek(nodeId, 'control'))
      return { address, rank: [last.has(key) ? 1 : 0, failures.indexOf(key), ready] as const }
    })
    const started = this.#startedConnection(last, to)
    if (started !== undefined) ranked.push({ address: started, rank: [0, -1, readyBootstrap] })
    ranked.sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2])
    return ranked.map(({ address }) => address)
  }

  /**
   * The bootstrap list: those that failed come last, the longest ago first.
   *
   * @returns what takes the question back
   */
  bootstrap(callback: Callback<readonly BrokerAddress[]>): () => void {
    return this.#bootstrap.list((...[error, addresses]) => {
      if (error !== null) return callback(error, undefined)
      const failures = [...this.#failed]
      const rank = (address: BrokerAddress): number => failures.indexOf(addressKey(address))
      callback(
        null,
        addresses.toSorted((a, b) => rank(a) - rank(b))
      )
    })
  }

  /** The connection that the first metadata came by is as good for a question as a new one, and it is there. */
  #startedConnection(last: ReadonlySet<string>, to: 'any' | 'member'): BrokerAddress | undefined {
    if (this.#known.size === 0) return undefined
    for (const wire of this.#pool.connections()) {
      const { address, state } = wire
      if (to === 'member' && wire !== this.#vouched) continue
      if (address.nodeId === undefined && state === 'ready' && !last.has(addressKey(address))) return address
    }
    return undefined
  }
}

const failureLimit = 1_000
const readyBootstrap = 1e6
const unconnected = 1e9

function readiness(wire: Wire | undefined): number {
  return wire?.state === 'ready' ? wire.inFlight : unconnected
}
