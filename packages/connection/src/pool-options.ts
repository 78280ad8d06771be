// The options of a connection pool as the user writes them, their table and their translation.
import {
  InvalidArgumentError,
  type Clock,
  type Observer,
  type Random,
  type SaslMechanism,
  type Transport
} from '@sluice/core'
import { observerRule } from './observer-option.ts'
import { checkOptions, memberOf, rules, typeName, type OptionRule } from './options.ts'
import type { ConnectionSettings } from './settings.ts'
import { tlsRule, type TlsOption } from './transports/tls-options.ts'

export interface ConnectionPoolOptions {
  readonly clientId?: string | undefined
  /** `node:tls` options, true for the defaults, or a function that gives either, called per connection. */
  readonly tls?: TlsOption | undefined
  /** The same as `tls`. */
  readonly ssl?: TlsOption | undefined
  /** SNI: the broker's host by default; a name in its place, or false for none. */
  readonly tlsServerName?: string | false | undefined
  readonly sasl?: SaslMechanism | undefined
  /** In place of TCP or TLS; not together with `tls`. */
  readonly transport?: Transport | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly observer?: Observer | readonly Observer[] | undefined
  /** Where an advertised address is to be found (tunnels, port-forwards). Not asked for bootstrap addresses. */
  readonly mapAddress?: ((address: HostAndPort) => HostAndPort) | undefined
  /** Milliseconds for TCP, TLS, negotiation and SASL together. Default 10,000. */
  readonly connectTimeout?: number | undefined
  /** Milliseconds to wait for an answer to a request that is at the head of its connection. Default 30,000. */
  readonly requestTimeout?: number | undefined
  /** Requests in flight per connection. Default 5. */
  readonly maxInflights?: number | undefined
  /** Bytes of one answer. Default 104,857,600. */
  readonly maxResponseSize?: number | undefined
  /** Milliseconds after which a connection that nothing used is closed. Default 540,000. */
  readonly idleTimeout?: number | undefined
  /** Handed to connections, never read. */
  readonly context?: unknown
}

/** Milliseconds and bytes. */
export const poolDefaults = {
  clientId: 'sluice',
  connectTimeout: 10_000,
  requestTimeout: 30_000,
  idleTimeout: 540_000,
  maxInflights: 5,
  maxResponseSize: 104_857_600
} as const

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

const saslRule = rules.secret({
  must: 'a SASL mechanism, such as plain(...) or scramSha512(...) of @sluice/sasl',
  holds: value => rules.object('', ['authenticate']).holds(value) && typeof memberOf(value, 'name') === 'string',
  within: (value, path) => {
    const name = memberOf(value, 'name')
    const authenticate = memberOf(value, 'authenticate')
    if (name === undefined && authenticate === undefined) return null
    if (typeof authenticate !== 'function')
      return `${path}.authenticate must be a function, not ${typeName(authenticate)}`
    return `${path}.name must be a string, not ${typeName(name)}`
  }
})

// The header of a request counts its bytes in 16 bits, with a sign.
const longestClientId = 32_767

export const poolOptionTable: Readonly<Record<keyof ConnectionPoolOptions, OptionRule>> = {
  clientId: rules.text(longestClientId),
  tls: tlsRule,
  ssl: tlsRule,
  tlsServerName: {
    must: 'a host name, or false for none',
    holds: (value: unknown): boolean => value === false || (typeof value === 'string' && value !== '')
  },
  sasl: saslRule,
  transport: rules.object('a transport', ['connect'], ['resolve']),
  clock: rules.object('a clock', ['epochMs', 'monotonicMs', 'after', 'soon']),
  random: rules.method('that gives a number from 0 to 1'),
  observer: rules.either(observerRule, rules.listOf(observerRule)),
  mapAddress: rules.method('from { host, port } to { host, port }'),
  connectTimeout: rules.milliseconds(1),
  requestTimeout: rules.milliseconds(1),
  maxInflights: rules.count(1),
  maxResponseSize: rules.bytes(1024),
  idleTimeout: rules.milliseconds(1),
  context: rules.anything()
}

/** What no table of single options can say. @throws InvalidArgumentError */
export function checkPoolOptions(options: ConnectionPoolOptions): void {
  const { tls, ssl, transport, tlsServerName } = options
  const encrypted = tls ?? ssl
  if (tls !== undefined && ssl !== undefined && tls !== ssl)
    throw new InvalidArgumentError('tls and ssl are the same option: give one of them')
  if (transport !== undefined && encrypted !== undefined && encrypted !== false)
    throw new InvalidArgumentError(
      'transport cannot be given together with tls: write transport: tls(options, { over: duplex(open) })'
    )
  if (tlsServerName !== undefined && (encrypted === undefined || encrypted === false))
    throw new InvalidArgumentError('tlsServerName says nothing without tls: set tls, or give the name to tls(...)')
}

/** The part of a larger options object that is the pool's. */
export function pickPoolOptions(options: object): ConnectionPoolOptions {
  const picked: Record<string, unknown> = {}
  for (const name of Object.keys(poolOptionTable)) picked[name] = Reflect.get(options, name)
  return picked
}

/** @throws InvalidArgumentError */
export function poolSettings(options: ConnectionPoolOptions): ConnectionSettings {
  checkOptions(poolOptionTable, options)
  checkPoolOptions(options)
  return {
    clientId: options.clientId ?? poolDefaults.clientId,
    connectTimeoutMs: options.connectTimeout ?? poolDefaults.connectTimeout,
    requestTimeoutMs: options.requestTimeout ?? poolDefaults.requestTimeout,
    idleTimeoutMs: options.idleTimeout ?? poolDefaults.idleTimeout,
    maxInflights: options.maxInflights ?? poolDefaults.maxInflights,
    maxResponseBytes: options.maxResponseSize ?? poolDefaults.maxResponseSize,
    context: options.context
  }
}
