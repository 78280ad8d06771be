// The wiring of a client: its parts, made in order.
import {
  ConnectionPool,
  type BrokerDisconnectEvent,
  type BrokerErrorEvent,
  type BrokerEvent,
  type OptionTable
} from '@sluice/connection'
import type { Clock, Observer, Random } from '@sluice/core'
import { Bootstrap } from './bootstrap.ts'
import { MetadataOwner } from './metadata-owner.ts'
import type { Metadata } from './metadata.ts'
import {
  baseOptionTable,
  baseSettings,
  checkBaseOptions,
  ownPoolOptions,
  type BaseOptions,
  type BaseSettings
} from './options.ts'
import { createRequests, type Requests } from './request.ts'
import { rebootstrapAsked } from './round.ts'
import { Router } from './route.ts'

export interface BaseParts {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly settings: BaseSettings
  readonly connections: ConnectionPool
  /** False for a pool that was given: it stays open. */
  readonly ownsConnections: boolean
  readonly metadata: Metadata
  readonly requests: Requests
  /** No question is asked any more, nothing listens to the pool. Idempotent. */
  stop(): void
}

/**
 * @param more options that the class above adds: judged here, so that an unknown name is judged once
 * @throws InvalidArgumentError
 */
export function composeBase(options: BaseOptions, more: OptionTable = {}): BaseParts {
  checkBaseOptions(options, { ...baseOptionTable, ...more })
  const connections = options.connections ?? new ConnectionPool(ownPoolOptions(options))
  const { clock, random, observer } = connections
  const settings = baseSettings(options, connections.settings, random)
  const { retryDelay, retries, connectTimeoutMs: timeoutMs } = settings
  const bootstrap = new Bootstrap({ brokers: options.bootstrapBrokers, clock, random, timeoutMs })
  const router = new Router(connections, bootstrap, random)
  const maxAgeMs = settings.metadataMaxAgeMs
  const metadata = new MetadataOwner({ clock, observer, pool: connections, router, retryDelay, maxAgeMs })
  const onLost = (): void => metadata.refresh()
  const requests = createRequests({ clock, pool: connections, router, retries, retryDelay, onLost })
  const detach = watch(connections, metadata, router)
  return {
    clock,
    random,
    observer,
    settings,
    connections,
    ownsConnections: options.connections === undefined,
    metadata,
    requests,
    stop: () => {
      detach()
      metadata.stop()
      requests.stop()
    }
  }
}

/** A broker that is lost may have lost its leaderships. Returns the undo. */
function watch(pool: ConnectionPool, metadata: Metadata, router: Router): () => void {
  const connected = ({ broker, connection }: BrokerEvent): void => {
    router.answered(connection.address)
    if (broker.nodeId !== null) metadata.reached(broker.nodeId)
  }
  const failed = ({ broker, connection, error }: BrokerErrorEvent): void => {
    router.failed(connection.address)
    // Somebody else is at the address: what is known of the cluster may all be of the past.
    if (rebootstrapAsked(error)) router.forget()
    if (broker.nodeId !== null) metadata.lost(broker.nodeId)
  }
  const disconnected = ({ connection, error }: BrokerDisconnectEvent): void => {
    if (error === undefined) return
    // The other lane of a broker that fell silent is likely to be silent too: others are asked first.
    router.failed(connection.address)
    metadata.refresh()
  }
  pool.on('connect', connected)
  pool.on('failed', failed)
  pool.on('disconnect', disconnected)
  return () => {
    pool.off('connect', connected)
    pool.off('failed', failed)
    pool.off('disconnect', disconnected)
  }
}
