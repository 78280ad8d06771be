// The connections between the queue and the brokers: requests in order, answers in order, and what a death leaves behind.
import { errorCodes as codes } from '@sluice/protocol'
import type { Cluster } from './cluster.ts'
import type { Dice } from './dice.ts'
import { noFaults, type Faults } from './faults.ts'
import { produce } from './produce.ts'
import type { Replica } from './replica.ts'
import { requestTimeoutMs, type Appended, type Connection, type Request, type Response } from './requests.ts'

/** A broker waits so long for its followers. */
const followersTimeoutMs = 700

export interface Death {
  readonly connection: Connection
  readonly unanswered: readonly Request[]
  /** Of them, those that were never handed to the socket. */
  readonly unsent: ReadonlySet<Request>
}

export class Connections {
  readonly #cluster: Cluster
  readonly #dice: Dice
  readonly #faults: Faults
  readonly #open = new Map<Replica, Connection>()
  /** Dead, with requests that their broker has read and not yet executed. */
  #halfRead: { readonly connection: Connection; readonly untilMs: number }[] = []
  #routes = 0
  #isCalm = false

  constructor(cluster: Cluster, dice: Dice, faults: Faults) {
    this.#cluster = cluster
    this.#dice = dice
    this.#faults = faults
  }

  /** From now on brokers do as they should. */
  calm(): void {
    this.#isCalm = true
  }

  get isQuiet(): boolean {
    const isIdle = (each: Connection): boolean => each.unanswered.length === 0
    return this.#halfRead.length === 0 && [...this.#open.values()].every(isIdle)
  }

  /** @returns null if the broker is down */
  to(broker: Replica): Connection | null {
    const known = this.#open.get(broker)
    if (known !== undefined || !broker.isUp) return known ?? null
    const route = ++this.#routes
    const connection = { route, broker, requests: [], unanswered: [], responses: [], waiting: null }
    this.#open.set(broker, connection)
    return connection
  }

  /** A broker takes the next request of a connection. One that waits for followers holds up those behind it. */
  serveOne(nowMs: number): boolean {
    const ready = [...this.#open.values()].filter(each => each.requests.length > 0 && each.waiting === null)
    if (ready.length === 0) return false
    const connection = this.#dice.pick(ready)
    const request = connection.requests.shift()!
    const produced = this.#produce(connection.broker, request, nowMs)
    if ('code' in produced) connection.responses.push(produced)
    else connection.waiting = produced
    return true
  }

  /** Answers what waits for followers, where they have it, or where the broker does not lead any more. */
  complete(nowMs: number): void {
    for (const connection of this.#open.values()) {
      const code = connection.waiting === null ? null : this.#outcomeOf(connection.waiting, connection.broker, nowMs)
      if (code === null) continue
      const { request, offset } = connection.waiting!
      connection.waiting = null
      connection.responses.push({ request, code, offset, logStartOffset: this.#cluster.logStartOffset })
    }
  }

  /** The next answer of a connection that has one. */
  nextResponse(): Response | null {
    const ready = [...this.#open.values()].filter(({ responses }) => responses.length > 0)
    if (ready.length === 0) return null
    const { responses, unanswered } = this.#dice.pick(ready)
    const response = responses.shift()!
    unanswered.splice(unanswered.indexOf(response.request), 1)
    return response
  }

  cutAny(nowMs: number): Death | null {
    const open = [...this.#open.values()]
    return open.length === 0 ? null : this.#cut(this.#dice.pick(open), nowMs)
  }

  /** The process of a broker ends, with all that it had read. */
  lose(broker: Replica, nowMs: number): Death | null {
    this.#halfRead = this.#halfRead.filter(({ connection }) => connection.broker !== broker)
    const connection = this.#open.get(broker)
    if (connection === undefined) return null
    connection.requests.length = 0
    return this.#cut(connection, nowMs)
  }

  /** A connection that has kept a request waiting too long ends. */
  cutOverdue(nowMs: number): Death | null {
    for (const connection of this.#open.values()) {
      const first = connection.unanswered[0]
      if (first !== undefined && nowMs - first.sentAtMs >= requestTimeoutMs) return this.#cut(connection, nowMs)
    }
    return null
  }

  /**
   * Story: a connection dies with batch 1 on it; batch 1 is sent again on a new one, and written. The broker still has the
   * bytes of the first attempt, and executes them now.
   */
  executeHalfRead(nowMs: number): void {
    for (const each of [...this.#halfRead]) {
      const { requests, broker } = each.connection
      while (requests.length > 0 && (each.untilMs <= nowMs || this.#dice.happens(0.15)))
        this.#produce(broker, requests.shift()!, nowMs)
    }
    this.#halfRead = this.#halfRead.filter(({ connection }) => connection.requests.length > 0)
  }

  #produce(broker: Replica, request: Request, nowMs: number): Response | Appended {
    return produce(this.#cluster, broker, request, {
      dice: this.#dice,
      faults: this.#isCalm ? noFaults : this.#faults,
      stranger: this.#faults.stranger,
      nowMs
    })
  }

  /** @returns an error code, or null to wait on */
  #outcomeOf({ generation, length, sinceMs }: Appended, broker: Replica, nowMs: number): number | null {
    if (generation !== this.#cluster.generation) return codes.UNKNOWN_TOPIC_OR_PARTITION
    if (this.#cluster.leader !== broker) return codes.NOT_LEADER_OR_FOLLOWER
    if (length <= this.#cluster.highWatermark)
      return this.#cluster.hasEnoughInSync ? 0 : codes.NOT_ENOUGH_REPLICAS_AFTER_APPEND
    return nowMs - sinceMs > followersTimeoutMs ? codes.REQUEST_TIMED_OUT : null
  }

  #cut(connection: Connection, nowMs: number): Death {
    const { broker, requests, unanswered } = connection
    this.#open.delete(broker)
    const unread = this.#dice.happens(0.6) ? this.#dice.below(requests.length + 1) : 0
    const notRead = requests.splice(requests.length - unread, unread)
    const unsent = this.#dice.happens(this.#faults.unsent) ? this.#dice.below(unread + 1) : 0
    if (requests.length > 0) this.#halfRead.push({ connection, untilMs: nowMs + requestTimeoutMs })
    return { connection, unanswered, unsent: new Set(notRead.slice(unread - unsent)) }
  }
}
