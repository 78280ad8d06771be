// Counts the sockets and timers that exist. Node's own list has only those that keep the process alive, and an idle one does not.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { systemClock, type Clock, type Timer } from '@sluice/core'
import type { ConnectionPool } from '@sluice/producer'

/** Node tells it of every socket that it makes to connect somewhere. */
const socketChannel = 'net.client.socket'

export class Census {
  /** The machine's, for those whose timers count. */
  readonly clock: Clock = { ...systemClock, after: (delayMs, task) => this.#after(delayMs, task) }
  /** Those that were made and are not closed. */
  sockets = 0
  /** Those that have neither run nor been cancelled. */
  timers = 0

  constructor() {
    subscribe(socketChannel, this.#onSocket)
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

  #after(delayMs: number, task: () => void): Timer {
    let pending = true
    this.timers++
    const end = (): void => {
      if (pending) this.timers--
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

/** The connections of some pools, by what they are for. */
export interface Connections {
  /** To nodes, for records. */
  readonly produce: number
  /** To nodes, for questions. */
  readonly control: number
  /** To addresses whose nodes are not known, and those that are on their way out. */
  readonly other: number
}

export function connectionsOf(pools: Iterable<ConnectionPool>): Connections {
  const counts = { produce: 0, control: 0, other: 0 }
  for (const pool of pools) {
    for (const connection of pool.connections()) {
      const { nodeId } = connection.address
      const lanes = ['produce', 'control'] as const
      const lane = lanes.find(each => nodeId !== undefined && pool.peek(nodeId, each) === connection)
      counts[lane ?? 'other']++
    }
  }
  return counts
}
