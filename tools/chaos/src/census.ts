// Counts the sockets and timers that exist. Node's own list has only those that keep the process alive, and an idle one does not.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { systemClock, type Clock, type ConnectionState, type Timer } from '@sluice/core'
import type { ConnectionPool } from '@sluice/producer'

/** Node tells it of every socket that it makes to connect somewhere. */
const socketChannel = 'net.client.socket'

/** The fewest at any time of a stretch. */
export interface Lows {
  sockets: number
  timers: number
}

export class Census {
  /** The machine's, for those whose timers count. */
  readonly clock: Clock = { ...systemClock, after: (delayMs, task) => this.#after(delayMs, task) }
  #sockets = 0
  #timers = 0
  /** Since they were taken last. */
  #lows: Lows = { sockets: 0, timers: 0 }
  /** Those that have neither run nor been cancelled, by the file whose code set them. */
  readonly timersOf: Map<string, number> = new Map()

  constructor() {
    subscribe(socketChannel, this.#onSocket)
  }

  /** Those that were made and are not closed. */
  get sockets(): number {
    return this.#sockets
  }

  /** All together. */
  get timers(): number {
    return this.#timers
  }

  /** How few there were at any time since this was asked last. */
  takeLows(): Lows {
    const lows = this.#lows
    this.#lows = { sockets: this.#sockets, timers: this.#timers }
    return lows
  }

  stop(): void {
    unsubscribe(socketChannel, this.#onSocket)
  }

  readonly #onSocket = (message: unknown): void => {
    // Documented: { socket: <net.Socket> }.
    const { socket } = message as { readonly socket: Socket }
    this.#countSockets(1)
    socket.once('close', () => this.#countSockets(-1))
  }

  #countSockets(change: 1 | -1): void {
    this.#sockets += change
    this.#lows.sockets = Math.min(this.#lows.sockets, this.#sockets)
  }

  #countTimers(owner: string, change: 1 | -1): void {
    this.#timers += change
    this.timersOf.set(owner, (this.timersOf.get(owner) ?? 0) + change)
    this.#lows.timers = Math.min(this.#lows.timers, this.#timers)
  }

  #after(delayMs: number, task: () => void): Timer {
    const owner = caller()
    let pending = true
    this.#countTimers(owner, 1)
    const end = (): void => {
      if (pending) this.#countTimers(owner, -1)
      pending = false
    }
    const timer = systemClock.after(delayMs, () => {
      end()
      task()
    })
    return {
      ref: () => timer.ref(),
      unref: () => timer.unref(),
      cancel: () => {
        end()
        timer.cancel()
      }
    }
  }
}

/** The file from which the clock was called, without its extension. */
function caller(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 4
  const { stack } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  // The error's own line, this function, the clock's two; then the one that is asked for.
  return stack?.split('\n')[4]?.match(/([\w.-]+)\.[jt]s:/)?.[1] ?? 'unknown'
}

/** The connections of some pools, by what they are for. */
export interface Connections {
  /** To nodes, for records. */
  readonly produce: number
  /** To nodes, for questions. */
  readonly control: number
  /** To addresses whose nodes are not known, and those that are on their way out. */
  readonly other: number
  /** Of all these: those that are not ready for requests yet. */
  readonly opening: number
}

const openingStates: ReadonlySet<ConnectionState> = new Set(['connecting', 'negotiating', 'authenticating'])

export function connectionsOf(pools: Iterable<ConnectionPool>): Connections {
  const counts = { produce: 0, control: 0, other: 0, opening: 0 }
  for (const pool of pools) {
    for (const connection of pool.connections()) {
      const { nodeId } = connection.address
      const lanes = ['produce', 'control'] as const
      const lane = lanes.find(each => nodeId !== undefined && pool.peek(nodeId, each) === connection)
      counts[lane ?? 'other']++
      if (openingStates.has(connection.state)) counts.opening++
    }
  }
  return counts
}
