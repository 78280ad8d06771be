// Counts the sockets and timers that exist. Node's own list has only those that keep the process alive, and an idle one does not.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { systemClock, type Clock, type ConnectionState, type Timer } from '@sluice/core'
import type { ConnectionPool } from '@sluice/producer'

/** Node tells it of every socket that it makes to connect somewhere. */
const socketChannel = 'net.client.socket'

export class Census {
  /** The machine's, for those whose timers count. */
  readonly clock: Clock = { ...systemClock, after: (delayMs, task) => this.#after(delayMs, task) }
  /** Those that were made and are not closed. */
  sockets = 0
  /** Those that have neither run nor been cancelled, by the file whose code set them. */
  readonly timersOf: Map<string, number> = new Map()

  constructor() {
    subscribe(socketChannel, this.#onSocket)
  }

  get timers(): number {
    return [...this.timersOf.values()].reduce((sum, count) => sum + count, 0)
  }

  stop(): void {
    unsubscribe(socketChannel, this.#onSocket)
  }

  readonly #onSocket = (message: unknown): void => {
    // Documented: { socket: <net.Socket> }.
    const { socket } = message as { readonly socket: Socket }
    this.sockets++
    socket.once('close', () => this.sockets--)
  }

  #count(owner: string, change: 1 | -1): void {
    this.timersOf.set(owner, (this.timersOf.get(owner) ?? 0) + change)
  }

  #after(delayMs: number, task: () => void): Timer {
    const owner = caller()
    let pending = true
    this.#count(owner, 1)
    const end = (): void => {
      if (pending) this.#count(owner, -1)
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
