// How tests of the pool begin: brokers, a pool on a stage, connections that are ready, and what it tells as words.
import type { BrokerAddress, KafkaError } from '@sluice/core'
import type { Connection, ConnectionPool } from '../src/index.ts'
import { allVersions, answer, Outcomes, Stage, versionsV3, type ScriptedStream } from './stage.ts'

export const seed: BrokerAddress = { host: 'seed', port: 9092 }
export const one: BrokerAddress = { host: 'kafka-1', port: 9092, nodeId: 1 }

export function start(options = {}): { stage: Stage; pool: ConnectionPool; told: Outcomes } {
  const stage = new Stage()
  return { stage, pool: stage.pool(options), told: new Outcomes() }
}

/** Acquires and plays the broker's part. */
export function acquired({ stage, pool }: { stage: Stage; pool: ConnectionPool }, address = one): Connection {
  let connection: Connection | undefined
  pool.acquire(address, 'produce', (_error, made) => (connection = made))
  stage.clock.runSoon()
  stage.negotiate()
  return connection!
}

export function negotiate(stream: ScriptedStream): void {
  stream.open()
  const [asked] = stream.take()
  stream.receive(answer(asked!.correlationId, versionsV3(allVersions)))
}

/** The events of a pool as words. */
export function story(pool: ConnectionPool): string[] {
  const events: string[] = []
  const tell = (what: string, broker: { host: string; nodeId: number | null }, error?: KafkaError): void => {
    events.push(`${what} ${broker.host} ${broker.nodeId}${error === undefined ? '' : ` ${error.code}`}`)
  }
  pool.on('connect', ({ broker }) => tell('connect', broker))
  pool.on('disconnect', ({ broker, error }) => tell('disconnect', broker, error))
  pool.on('failed', ({ broker, error }) => tell('failed', broker, error))
  pool.on('drain', ({ broker }) => tell('drain', broker))
  return events
}
