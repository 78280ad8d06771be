// What a client can be asked: metadata, the brokers' APIs, connections to brokers.
import { checkOptions, clientSoftware, rules, type Connection, type OptionTable } from '@sluice/connection'
import { InvalidArgumentError, type Callback, type KafkaError } from '@sluice/core'
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  apiVersionsApi,
  brokerError,
  createTopicsApi,
  endTxnApi,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  produceApi,
  saslAuthenticateApi,
  saslHandshakeApi,
  txnOffsetCommitApi,
  type ApiVersionsResponse
} from '@sluice/protocol'
import { clusterMetadata, type ClusterMetadata } from './cluster-metadata.ts'
import type { BaseParts } from './compose.ts'
import { joinAll } from './join.ts'
import type { Snapshot, TopicInfo } from './snapshot.ts'

export interface MetadataOptions {
  /** Names, or every topic there is. Absent or empty: brokers only. */
  readonly topics?: readonly string[] | 'all' | undefined
  /** Ask, whatever is known. */
  readonly forceUpdate?: boolean | undefined
  /** In place of the client's. */
  readonly autocreateTopics?: boolean | undefined
  /** What was asked for longer ago does not do. Milliseconds, in place of the client's. */
  readonly metadataMaxAge?: number | undefined
}

export interface ApiVersion {
  readonly apiKey: number
  /** Such as `Produce`; null for an API that this client does not speak. */
  readonly name: string | null
  readonly minVersion: number
  readonly maxVersion: number
}

const apiNames: ReadonlyMap<number, string> = new Map(
  [
    addOffsetsToTxnApi,
    addPartitionsToTxnApi,
    apiVersionsApi,
    createTopicsApi,
    endTxnApi,
    findCoordinatorApi,
    initProducerIdApi,
    metadataApi,
    produceApi,
    saslAuthenticateApi,
    saslHandshakeApi,
    txnOffsetCommitApi
  ].map(({ key, name }) => [key, name])
)

const names = rules.listOf({ must: 'the name of a topic', holds: value => typeof value === 'string' })

const metadataOptionTable: OptionTable = {
  topics: rules.either(names, rules.oneOf(['all'])),
  forceUpdate: rules.flag(),
  autocreateTopics: rules.flag(),
  metadataMaxAge: rules.milliseconds()
} satisfies Record<keyof MetadataOptions, unknown>

/** Long enough for one attempt to connect and one to ask, wherever there is somebody to ask. */
function deadlineMsOf({ clock, settings }: BaseParts): number {
  return clock.monotonicMs() + settings.connectTimeoutMs + settings.requestTimeoutMs
}

/** @throws InvalidArgumentError */
export function askMetadata(parts: BaseParts, options: MetadataOptions, callback: Callback<ClusterMetadata>): void {
  checkOptions(metadataOptionTable, options, 'metadata')
  const { topics = [] } = options
  if (topics === 'all') return askAllTopics(parts, callback)
  const { clock, settings, metadata } = parts
  const maxAgeMs = options.forceUpdate ? 0 : (options.metadataMaxAge ?? settings.metadataMaxAgeMs)
  const wait = {
    deadlineMs: deadlineMsOf(parts),
    freshSinceMs: clock.monotonicMs() - maxAgeMs,
    retries: settings.retries,
    autocreate: options.autocreateTopics ?? settings.autocreateTopics
  }
  const done: Callback<unknown> = (...[error]) => {
    if (error === null) callback(null, clusterMetadata(metadata.snapshot, clock, topics))
    else callback(error, undefined)
  }
  if (topics.length === 0) metadata.cluster(wait, done)
  else joinAll<string, TopicInfo>(new Set(topics), (name, one) => void metadata.topic(name, wait, one), done)
}

function askAllTopics(parts: BaseParts, callback: Callback<ClusterMetadata>): void {
  const request = { topics: null, allowAutoTopicCreation: false }
  const askedMs = parts.clock.monotonicMs()
  let named: readonly string[] = []
  let seen: Snapshot | undefined
  const check = (response: Parameters<BaseParts['metadata']['offer']>[0]): KafkaError | null => {
    const offered = parts.metadata.offer(response, askedMs)
    if (offered instanceof Error) return offered
    seen = offered
    named = response.topics.map(({ name }) => name).filter(name => name !== null)
    return null
  }
  parts.requests.ask(metadataApi, request, { to: 'any', deadlineMs: deadlineMsOf(parts), check }, (...[error]) => {
    if (error === null) callback(null, clusterMetadata(seen!, parts.clock, named))
    else callback(error, undefined)
  })
}

/** Finds the cluster: one round over the addresses, and no second. */
export function askToConnect(parts: BaseParts, callback: Callback<void>): void {
  parts.metadata.cluster({ deadlineMs: deadlineMsOf(parts), retries: 0 }, (...[error]) => {
    if (error === null) callback(null, undefined)
    else callback(error, undefined)
  })
}

export function askApis(parts: BaseParts, callback: Callback<readonly ApiVersion[]>): void {
  const options = { to: 'any', deadlineMs: deadlineMsOf(parts), check: refusalOf } as const
  parts.requests.ask(apiVersionsApi, clientSoftware, options, (...[error, response]) => {
    if (error !== null) return callback(error, undefined)
    const apis = response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({
      apiKey,
      name: apiNames.get(apiKey) ?? null,
      minVersion,
      maxVersion
    }))
    callback(null, apis)
  })
}

function refusalOf({ errorCode }: ApiVersionsResponse): KafkaError | null {
  return errorCode === 0 ? null : brokerError(errorCode)
}

const nodeIdTable = { nodeIds: rules.listOf(rules.count()) }

/**
 * Connections for producing, one for each node; null: for every node of the cluster.
 *
 * @throws InvalidArgumentError
 */
export function askToConnectTo(
  parts: BaseParts,
  nodeIds: readonly number[] | null,
  callback: Callback<Map<number, Connection>>
): void {
  if (nodeIds !== null) checkOptions(nodeIdTable, { nodeIds }, 'connectToBrokers')
  const wait = { deadlineMs: deadlineMsOf(parts), retries: parts.settings.retries }
  parts.metadata.cluster(wait, (...[error, snapshot]) => {
    if (error !== null) return callback(error, undefined)
    const connect = (nodeId: number, one: Callback<Connection>): void => {
      const broker = snapshot.brokers.get(nodeId)
      if (broker === undefined) return one(unknownBroker(nodeId, snapshot), undefined)
      parts.connections.acquire({ host: broker.host, port: broker.port, nodeId }, 'produce', one)
    }
    joinAll(new Set(nodeIds ?? snapshot.brokers.keys()), connect, callback)
  })
}

function unknownBroker(nodeId: number, { brokers }: Snapshot): InvalidArgumentError {
  return new InvalidArgumentError(
    `There is no broker ${nodeId} in the cluster: its brokers are ${[...brokers.keys()].join(', ')}`
  )
}
