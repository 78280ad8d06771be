// The options of a client as the user writes them, their table, and their translation into the units of the inside.
import {
  checkOptions,
  checkPoolOptions,
  pickPoolOptions,
  poolDefaults,
  poolOptionTable,
  rules,
  type ConnectionPool,
  type ConnectionPoolOptions,
  type OptionRule,
  type OptionTable,
  type PoolSettings
} from '@sluice/connection'
import { InvalidArgumentError, type Random, type SaslMechanism } from '@sluice/core'
import { bootstrapProblem, brokerRule, type BootstrapBrokers } from './bootstrap.ts'
import { retryDelayOf, type RetryDelay } from './retry-delay.ts'
import { credentialsRule, saslMechanism, type SaslCredentials } from './sasl-option.ts'

export interface BaseOptions extends Omit<ConnectionPoolOptions, 'sasl'> {
  /** Where to start. A function is asked again whenever the client has to start anew. */
  readonly bootstrapBrokers: BootstrapBrokers
  /** Milliseconds given to the broker in requests that carry a time. Default `requestTimeout` - 1,000. */
  readonly timeout?: number | undefined
  /** Attempts after the first, per batch or question. Default `true`: no limit but the deadline; `false`: none. */
  readonly retries?: number | boolean | undefined
  /** Milliseconds, or a function that gives them. Default exponential, 100 to 1,000, ±20 %. */
  readonly retryDelay?: number | RetryDelay | undefined
  /** Milliseconds after which what is known of the cluster and of topics in use is asked for anew. Default 300,000. */
  readonly metadataMaxAge?: number | undefined
  /** Whether brokers may create topics that are missing. Default false. */
  readonly autocreateTopics?: boolean | undefined
  /**
   * Check every message of a call, as the interceptors return it, before any is accepted: one that cannot be right refuses them all.
   * What only a serializer or the topic can tell is still found message by message. Default false.
   */
  readonly strict?: boolean | undefined
  readonly sasl?: SaslMechanism | SaslCredentials | undefined
  /**
   * A pool that other clients of the same cluster use too, in place of the options that describe connections. Never closed by the
   * client.
   */
  readonly connections?: ConnectionPool | undefined
}

const ownDefaults = { retries: true, metadataMaxAge: 300_000, autocreateTopics: false, strict: false } as const

/** Milliseconds and bytes. */
export const baseDefaults: typeof poolDefaults & typeof ownDefaults = { ...poolDefaults, ...ownDefaults }

export interface BaseSettings {
  readonly clientId: string
  /** Given to brokers in requests that carry a time. */
  readonly timeoutMs: number
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Attempts after the first; Infinity: no limit but the deadline. */
  readonly retries: number
  readonly retryDelay: RetryDelay
  readonly metadataMaxAgeMs: number
  readonly autocreateTopics: boolean
  readonly strict: boolean
  readonly maxInflights: number
  readonly context: unknown
}

/** What a pool is made with, and so cannot be said again to a client that is given one. `context` may be the client's own. */
const poolOnly = Object.keys(poolOptionTable).filter(
  name => name !== 'context'
) as readonly (keyof ConnectionPoolOptions)[]

export const baseOptionTable: Readonly<Record<keyof BaseOptions, OptionRule>> = {
  ...poolOptionTable,
  sasl: rules.either(credentialsRule, poolOptionTable.sasl),
  bootstrapBrokers: {
    must: "a list of at least one broker, each 'host:port', 'host' or { host, port } without a scheme, or a function that gives one",
    holds: value => typeof value === 'function' || bootstrapProblem(value) === null,
    within: rules.listOf(brokerRule).within
  },
  timeout: rules.milliseconds(1),
  retries: rules.either(rules.flag(), rules.count()),
  retryDelay: rules.either(rules.milliseconds(), rules.method('that gives milliseconds')),
  metadataMaxAge: rules.milliseconds(1),
  autocreateTopics: rules.flag(),
  strict: rules.flag(),
  connections: rules.object('a ConnectionPool', ['acquire', 'peek', 'updateBrokers', 'connections'])
}

/**
 * @param table of all options of the client, these and those that a class above adds
 * @throws InvalidArgumentError
 */
export function checkBaseOptions(options: BaseOptions, table: OptionTable): void {
  checkOptions(table, options)
  if (options.bootstrapBrokers === undefined) {
    throw new InvalidArgumentError(`bootstrapBrokers is required: ${baseOptionTable.bootstrapBrokers.must}`)
  }
  if (options.connections !== undefined) refusePoolOptions(options)
  else checkPoolOptions({ ...pickPoolOptions(options), sasl: undefined })
}

function refusePoolOptions(options: BaseOptions): void {
  const given = poolOnly.filter(name => options[name] !== undefined)
  if (given.length === 0) return
  throw new InvalidArgumentError(
    `${given.join(', ')} cannot be given together with connections: give ${given.length === 1 ? 'it' : 'them'} to the ConnectionPool`
  )
}

/** The options of a client's own pool. */
export function ownPoolOptions(options: BaseOptions): ConnectionPoolOptions {
  const { sasl } = options
  return { ...pickPoolOptions(options), sasl: sasl === undefined ? undefined : saslMechanism(sasl) }
}

/** @throws InvalidArgumentError if the times do not go together */
export function baseSettings(options: BaseOptions, pool: PoolSettings, random: Random): BaseSettings {
  const { clientId, requestTimeoutMs, connectTimeoutMs, maxInflights } = pool
  return {
    clientId,
    timeoutMs: timeoutMsOf(options.timeout, requestTimeoutMs),
    requestTimeoutMs,
    connectTimeoutMs,
    retries: retriesOf(options.retries ?? baseDefaults.retries),
    retryDelay: retryDelayOf(options.retryDelay, random),
    metadataMaxAgeMs: options.metadataMaxAge ?? baseDefaults.metadataMaxAge,
    autocreateTopics: options.autocreateTopics ?? baseDefaults.autocreateTopics,
    strict: options.strict ?? baseDefaults.strict,
    maxInflights,
    context: options.context
  }
}

/** Between the broker's patience and ours, so that its answer comes before we give up. */
const marginMs = 1_000

/** @throws InvalidArgumentError */
export function timeoutMsOf(timeout: number | undefined, requestTimeoutMs: number): number {
  const longestMs = requestTimeoutMs - marginMs
  if (timeout === undefined) return Math.max(marginMs, longestMs)
  if (timeout <= longestMs) return timeout
  throw new InvalidArgumentError(
    `timeout (${timeout}) must be at most requestTimeout (${requestTimeoutMs}) - ${marginMs}: a broker must answer before its client gives up`
  )
}

function retriesOf(retries: number | boolean): number {
  if (typeof retries === 'number') return retries
  return retries ? Infinity : 0
}
