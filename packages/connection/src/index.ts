// Connections to Kafka brokers: pool, pipelining, drain events, TLS.
export { backoffMs } from './backoff.ts'
export type { Connection, ConnectionEvents, SaslStage, SendOptions } from './contract.ts'
export { checkOptions, described, memberOf, rules, type OptionRule, type OptionTable } from './options.ts'
export {
  checkPoolOptions,
  pickPoolOptions,
  poolDefaults,
  poolOptionTable,
  type ConnectionPoolOptions,
  type HostAndPort
} from './pool-options.ts'
export { ConnectionPool, type LaneName, type PoolSettings } from './pool.ts'
export type {
  BrokerDisconnectEvent,
  BrokerErrorEvent,
  BrokerEvent,
  BrokerSaslEvent,
  BrokerThrottleEvent,
  PoolEvents
} from './pool-events.ts'
export { clientSoftware } from './software.ts'
export { duplex, type DuplexTransport } from './transports/duplex.ts'
export type { NodeStream } from './transports/duplex-stream.ts'
export { tcp } from './transports/tcp.ts'
export { tls, type TlsTransportOptions } from './transports/tls.ts'
export type { TlsOption, TlsOptions } from './transports/tls-options.ts'
