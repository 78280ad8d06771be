// What a connection is made of and how it is set, in the units of the inside.
import type { Clock, Observer, Random, SaslMechanism, Transport } from '@sluice/core'
import type { KnownCluster } from './known-cluster.ts'

export interface ConnectionSettings {
  readonly clientId: string
  /** TCP, TLS, negotiation and SASL together. */
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxInflights: number
  readonly maxResponseBytes: number
  readonly context: unknown
}

export interface ConnectionParts {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly transport: Transport
  readonly sasl: SaslMechanism | null
  readonly settings: ConnectionSettings
  readonly cluster: KnownCluster
}
