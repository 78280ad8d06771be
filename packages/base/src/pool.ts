// What this package asks of a pool of connections.
import type { Connection, LaneName } from '@sluice/connection'
import type { BrokerAddress, Callback, Clock } from '@sluice/core'

/** One connection, as far as questions go. */
export type Wire = Pick<Connection, 'address' | 'state' | 'inFlight' | 'send' | 'destroy'>

export interface BrokerConnections {
  readonly clock: Clock
  /** As one of its clients has found out; null until then. */
  readonly clusterId: string | null
  acquire(address: BrokerAddress, lane: LaneName, callback: Callback<Wire>): void
  peek(nodeId: number, lane: LaneName): Wire | undefined
  updateBrokers(brokers: ReadonlyMap<number, { host: string; port: number }>, clusterId: string | null): void
  connections(): Iterable<Wire>
}
