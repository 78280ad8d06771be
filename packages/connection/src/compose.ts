// The parts of a connection pool, made in order, each as given or by default.
import { combineObservers, systemClock, systemRandom, type Observer, type Transport } from '@sluice/core'
import { KnownCluster } from './known-cluster.ts'
import { poolSettings, type ConnectionPoolOptions, type HostAndPort } from './pool-options.ts'
import type { ConnectionParts } from './settings.ts'
import { tcp } from './transports/tcp.ts'
import { tls } from './transports/tls.ts'

export interface PoolParts {
  readonly connection: ConnectionParts
  readonly mapAddress: (address: HostAndPort) => HostAndPort
}

/** @throws InvalidArgumentError */
export function composePool(options: ConnectionPoolOptions): PoolParts {
  const settings = poolSettings(options)
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const observer = combineObservers(listOf(options.observer ?? []))
  const transport = options.transport ?? defaultTransport(options)
  const sasl = options.sasl ?? null
  const mapAddress = options.mapAddress ?? (address => address)
  return {
    connection: { clock, random, observer, transport, sasl, settings, cluster: new KnownCluster() },
    mapAddress
  }
}

function listOf(observers: Observer | readonly Observer[]): readonly Observer[] {
  return isList(observers) ? observers : [observers]
}

// Array.isArray does not narrow a readonly array.
function isList(observers: Observer | readonly Observer[]): observers is readonly Observer[] {
  return Array.isArray(observers)
}

function defaultTransport(options: ConnectionPoolOptions): Transport {
  const encrypted = options.tls ?? options.ssl ?? false
  return encrypted === false ? tcp() : tls(encrypted, { serverName: options.tlsServerName })
}
