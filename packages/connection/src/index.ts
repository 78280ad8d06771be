// Connections to Kafka brokers: pool, pipelining, drain events, TLS.
export type { Connection, ConnectionEvents, SaslStage, SendOptions } from './contract.ts'
export { checkOptions, described, nearestName, rules, type OptionRule, type OptionTable } from './options.ts'
export {
  checkPoolOptions,
  pickPoolOptions,
  poolOptionTable,
  type ConnectionPoolOptions,
  type HostAndPort
} from './pool-options.ts'
export {
  ConnectionPool,
  type BrokerDisconnectEvent,
  type BrokerErrorEvent,
  type BrokerEvent,
  type BrokerSaslEvent,
  type BrokerThrottleEvent,
  type Lane,
  type PoolEvents
} from './pool.ts'
