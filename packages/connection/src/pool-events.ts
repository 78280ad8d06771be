// What a pool tells about its connections.
import type { KafkaError } from '@sluice/core'
import type { Connection } from './contract.ts'

export interface BrokerEvent {
  /** `nodeId` is null for a bootstrap address. */
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
