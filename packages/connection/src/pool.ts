// Connections to the brokers of one cluster: two lanes per broker, reconnect backoff, idle reaping.
import { EventEmitter } from 'node:events'
import type { BrokerAddress, Callback, Clock, KafkaError, Observer, Random } from '@sluice/core'
import type { Connection } from './contract.ts'
import type { ConnectionPoolOptions, HostAndPort } from './pool-options.ts'

/** Requests of one lane never wait behind those of the other. */
export type Lane = 'produce' | 'control'

export interface BrokerEvent {
  readonly broker: { readonly host: string; readonly port: number; readonly nodeId: number | null }
  readonly connection: Connection
}
export interface BrokerErrorEvent extends BrokerEvent {
  readonly error: KafkaError
}
export interface BrokerDisconnectEvent extends BrokerEvent {
  /** Absent if the connection was closed as asked. */
  readonly error?: KafkaError
}
export interface BrokerSaslEvent extends BrokerEvent {
  readonly mechanism: string
}
export interface BrokerThrottleEvent extends BrokerEvent {
  readonly throttleMs: number
  /** The API whose answer asked for it. */
  readonly api: string
}

export interface PoolEvents {
  connect: [event: BrokerEvent]
  disconnect: [event: BrokerDisconnectEvent]
  /** An attempt to connect came to nothing. */
  failed: [event: BrokerErrorEvent]
  drain: [event: BrokerEvent]
  throttle: [event: BrokerThrottleEvent]
  'sasl:handshake': [event: BrokerSaslEvent]
  'sasl:authentication': [event: BrokerSaslEvent]
  'sasl:authentication:extended': [event: BrokerSaslEvent]
}

export class ConnectionPool extends EventEmitter<PoolEvents> {
  declare readonly clock: Clock
  declare readonly random: Random
  declare readonly observer: Observer

  /** @throws InvalidArgumentError */
  constructor(options: ConnectionPoolOptions = {}) {
    super()
    void options
  }

  get closed(): boolean {
    throw new Error('not yet')
  }

  /** A ready connection, made if need be; waits through reconnect backoff. Fails with the reason when the attempt fails. */
  acquire(_address: BrokerAddress, _lane: Lane, _callback: Callback<Connection>): void {
    throw new Error('not yet')
  }

  /** The connection of this node and lane if one exists, in any state but closed. */
  peek(_nodeId: number, _lane: Lane): Connection | undefined {
    throw new Error('not yet')
  }

  /** Brokers as metadata names them; connections of nodes that are gone or moved are closed. */
  updateBrokers(_brokers: ReadonlyMap<number, HostAndPort>): void {
    throw new Error('not yet')
  }

  connections(): Iterable<Connection> {
    throw new Error('not yet')
  }

  close(): Promise<void>
  close(callback: Callback<void>): void
  close(_callback?: Callback<void>): Promise<void> | void {
    throw new Error('not yet')
  }
}
