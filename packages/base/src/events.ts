// What a client emits, and how a pool's events become its own.
import type { EventEmitter } from 'node:events'
import type {
  BrokerDisconnectEvent,
  BrokerErrorEvent,
  BrokerEvent,
  BrokerSaslEvent,
  BrokerThrottleEvent,
  ConnectionPool,
  PoolEvents
} from '@sluice/connection'
import { tellAll } from '@sluice/core'
import { clusterMetadata, type ClusterMetadata } from './cluster-metadata.ts'
import type { BaseParts } from './compose.ts'

/** No client ever emits `error`. */
export interface BaseEvents {
  /** A connection is ready: negotiated and authenticated. */
  'client:broker:connect': [event: BrokerEvent]
  /** A connection that was ready has ended; `error` is absent if that was asked for. */
  'client:broker:disconnect': [event: BrokerDisconnectEvent]
  /** An attempt to connect came to nothing. It is made again when somebody needs it. */
  'client:broker:failed': [event: BrokerErrorEvent]
  /** A connection that took no more takes requests again. A node may have two: one for messages, one for questions. */
  'client:broker:drain': [event: BrokerEvent]
  /** A broker took the mechanism. */
  'client:broker:sasl:handshake': [event: BrokerSaslEvent]
  /** A broker took the credentials. */
  'client:broker:sasl:authentication': [event: BrokerSaslEvent]
  /** A broker took them again, on the same connection, before the session's end. */
  'client:broker:sasl:authentication:extended': [event: BrokerSaslEvent]
  /** A broker asked for silence. */
  'client:throttle': [event: BrokerThrottleEvent]
  /** After each answer about the cluster, news or not, and when a leader names its successor. */
  'client:metadata': [metadata: ClusterMetadata]
  /** Once, last. */
  'client:close': []
}

type PoolEvent = keyof PoolEvents

const liftedAs = {
  connect: 'client:broker:connect',
  disconnect: 'client:broker:disconnect',
  failed: 'client:broker:failed',
  drain: 'client:broker:drain',
  throttle: 'client:throttle',
  'sasl:handshake': 'client:broker:sasl:handshake',
  'sasl:authentication': 'client:broker:sasl:authentication',
  'sasl:authentication:extended': 'client:broker:sasl:authentication:extended'
} as const satisfies Record<PoolEvent, keyof BaseEvents>

/** Lifts, each under its client's name and with the same payload, what the pool and the metadata tell, until the end. */
export class ClientEvents {
  readonly #emitter: EventEmitter
  readonly #undo: (() => void)[]

  constructor(emitter: EventEmitter<BaseEvents>, { connections, metadata, clock }: BaseParts) {
    this.#emitter = emitter
    this.#undo = [
      this.#lift(connections, 'connect'),
      this.#lift(connections, 'disconnect'),
      this.#lift(connections, 'failed'),
      this.#lift(connections, 'drain'),
      this.#lift(connections, 'throttle'),
      this.#lift(connections, 'sasl:handshake'),
      this.#lift(connections, 'sasl:authentication'),
      this.#lift(connections, 'sasl:authentication:extended'),
      metadata.onChange(snapshot => {
        if (emitter.listenerCount('client:metadata') > 0)
          this.#tell('client:metadata', clusterMetadata(snapshot, clock))
      })
    ]
  }

  end(): void {
    for (const undo of this.#undo) undo()
    this.#tell('client:close')
  }

  #lift(pool: ConnectionPool, name: PoolEvent): () => void {
    const emitter: EventEmitter = pool
    const listener = (event: unknown): void => this.#tell(liftedAs[name], event)
    emitter.on(name, listener)
    return () => void emitter.off(name, listener)
  }

  #tell(name: keyof BaseEvents, ...event: unknown[]): void {
    tellAll(this.#emitter, name, event)
  }
}
