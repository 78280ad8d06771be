// What TLS is made with: judged when it is given, and again when a function gives it.
import type { ConnectionOptions } from 'node:tls'
import { ConnectionError, reasonOf } from '@sluice/core'
import { rules, typeName, type OptionRule } from '../options.ts'

export type TlsOptions = ConnectionOptions
/** A function is called for each connection, so that certificates may be renewed. */
export type TlsOption = TlsOptions | boolean | (() => TlsOptions | true)

export const tlsRule: OptionRule = rules.secret({
  must: 'true, false, an object of node:tls options, or a function that gives one',
  holds: value => ['boolean', 'function'].includes(typeof value) || isOptions(value)
})

/** @throws ConnectionError when a function throws, or gives no options: without them any authority would be trusted */
export function optionsNow(option: TlsOption): TlsOptions {
  if (typeof option === 'boolean') return {}
  if (typeof option !== 'function') return option
  const given = result(option)
  if (given === true) return {}
  if (isOptions(given)) return given
  if (given instanceof Promise) given.catch(() => {})
  throw unusable(`the function gave ${typeName(given)}: it must give an object of node:tls options, at once`)
}

function result(option: () => unknown): unknown {
  try {
    return option()
  } catch (cause) {
    throw unusable(reasonOf(cause), cause)
  }
}

/** What node:tls says of options that it does not take. */
export function refusedOptions(options: TlsOptions, cause: unknown): ConnectionError {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  // Node's text shows what it was given, which may be a password.
  if (code !== 'ERR_INVALID_ARG_TYPE' && code !== 'ERR_INVALID_ARG_VALUE') return unusable(reasonOf(cause), cause)
  const types = Object.entries(options).map(([name, value]) => `${name} ${typeName(value)}`)
  return unusable(`one has a type or a value that node:tls does not take (${types.join(', ')})`)
}

function unusable(why: string, cause?: unknown): ConnectionError {
  const message = `The tls options cannot be used: ${why}: check ca, key and cert, and what gives them`
  return new ConnectionError(message, { problem: 'certificate', cause })
}

function isOptions(value: unknown): value is TlsOptions {
  return rules.object('').holds(value) && typeof Reflect.get(Object(value), 'then') !== 'function'
}
