// The options that every command has: brokers, TLS and SASL; and how options are read at all.
import { parseArgs } from 'node:util'
import { UsageError } from './shell.ts'

export interface ClusterArgs {
  readonly brokers: readonly string[]
  readonly clientId: string | undefined
  readonly requestTimeoutMs: number | undefined
  readonly tls: TlsArgs | null
  readonly sasl: SaslArgs | null
}

export interface TlsArgs {
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly serverName: string | undefined
}

export interface SaslArgs {
  readonly mechanism: string
  readonly username: string | undefined
  /** Where the password or token is to be had. */
  readonly secret: { readonly from: 'value' | 'env' | 'file'; readonly text: string } | undefined
}

export interface Text {
  readonly type: 'string'
}
export interface Texts {
  readonly type: 'string'
  readonly multiple: true
}
export interface Flag {
  readonly type: 'boolean'
}
export const text: Text = { type: 'string' }
export const texts: Texts = { type: 'string', multiple: true }
export const flag: Flag = { type: 'boolean' }

/** A type and not an interface: parseArgs wants an index signature, which only a type has by itself. */
export type ClusterOptionTable = {
  readonly brokers: Texts
  readonly 'client-id': Text
  readonly 'request-timeout': Text
  readonly tls: Flag
  readonly 'tls-ca': Text
  readonly 'tls-cert': Text
  readonly 'tls-key': Text
  readonly 'tls-server-name': Text
  readonly 'sasl-mechanism': Text
  readonly 'sasl-username': Text
  readonly 'sasl-password': Text
  readonly 'sasl-password-env': Text
  readonly 'sasl-password-file': Text
  readonly help: { readonly type: 'boolean'; readonly short: 'h' }
  readonly version: Flag
}

export const clusterOptions: ClusterOptionTable = {
  brokers: texts,
  'client-id': text,
  'request-timeout': text,
  tls: flag,
  'tls-ca': text,
  'tls-cert': text,
  'tls-key': text,
  'tls-server-name': text,
  'sasl-mechanism': text,
  'sasl-username': text,
  'sasl-password': text,
  'sasl-password-env': text,
  'sasl-password-file': text,
  help: { type: 'boolean', short: 'h' },
  version: flag
}

type OptionTable = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>
type Values<T extends OptionTable> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; strict: true }>
>['values']

export function parse<T extends OptionTable>(argv: readonly string[], options: T): Values<T> {
  try {
    return parseArgs<{ args: string[]; options: T; strict: true }>({ args: [...argv], options, strict: true }).values
  } catch (error) {
    // Node's own words name the option; what it adds about `--` helps nobody here.
    const message = error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error)
    throw new UsageError(message, { cause: error })
  }
}

type ClusterValues = Values<ClusterOptionTable>

export function readCluster(values: ClusterValues): ClusterArgs {
  const brokers = (values.brokers ?? []).flatMap(list => list.split(',')).filter(broker => broker !== '')
  if (brokers.length === 0) throw new UsageError('--brokers is missing: HOST:PORT of one broker or more, with commas')
  return {
    brokers,
    clientId: values['client-id'],
    requestTimeoutMs: integer(values, 'request-timeout'),
    tls: readTls(values),
    sasl: readSasl(values)
  }
}

function readTls(values: ClusterValues): TlsArgs | null {
  const tls = {
    caFile: values['tls-ca'],
    certFile: values['tls-cert'],
    keyFile: values['tls-key'],
    serverName: values['tls-server-name']
  }
  return values.tls === true || Object.values(tls).some(given => given !== undefined) ? tls : null
}

function readSasl(values: ClusterValues): SaslArgs | null {
  const mechanism = values['sasl-mechanism']
  const ways = [
    { from: 'value', text: values['sasl-password'] },
    { from: 'env', text: values['sasl-password-env'] },
    { from: 'file', text: values['sasl-password-file'] }
  ] as const
  const secrets = ways.flatMap(({ from, text: given }) => (given === undefined ? [] : [{ from, text: given }]))
  if (secrets.length > 1) throw new UsageError('Give the SASL password in one way: by --sasl-password-env or -file')
  if (mechanism !== undefined) return { mechanism, username: values['sasl-username'], secret: secrets[0] }
  if (values['sasl-username'] === undefined && secrets.length === 0) return null
  throw new UsageError('--sasl-mechanism is missing: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER')
}

export function integer(values: object, name: string, form: RegExp = /^\d{1,15}$/): number | undefined {
  const given: unknown = Reflect.get(values, name)
  if (given === undefined) return undefined
  const digits = typeof given === 'string' ? given : ''
  if (!form.test(digits)) throw new UsageError(`--${name} is a whole number, not "${digits}"`)
  return Number(digits)
}
