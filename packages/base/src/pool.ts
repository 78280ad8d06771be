// What this package asks of a pool of connections.
import type { LaneName, SendOptions } from '@sluice/connection'
import type { BrokerAddress, Callback, Clock, ConnectionState, KafkaError } from '@sluice/core'
import type { Api } from '@sluice/protocol'

/** One connection, as far as questions go. */
export interface Wire {
  readonly address: BrokerAddress
  readonly state: ConnectionState
  readonly inFlight: number
  send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    callback: Callback<Response>,
    options?: SendOptions
  ): boolean
  destroy(cause: KafkaError): void
}

export interface BrokerConnections {
  readonly clock: Clock
  /** As one of its clients has found out; null until then. */
  readonly clusterId: string | null
  acquire(address: BrokerAddress, lane: LaneName, callback: Callback<Wire>): void
  peek(nodeId: number, lane: LaneName): Wire | undefined
  updateBrokers(brokers: ReadonlyMap<number, { host: string; port: number }>, clusterId: string | null): void
  connections(): Iterable<Wire>
}
