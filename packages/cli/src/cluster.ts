// Turns the options that every command has into the client's: addresses, TLS and SASL, with secrets read where they are kept.
import type { BaseOptions } from '@sluice/base'
import { isKafkaError, reasonOf } from '@sluice/core'
import { readFileSync } from 'node:fs'
import type { ClusterArgs, SaslArgs, TlsArgs } from './cluster-args.ts'
import { toldInFlags } from './flags.ts'
import { UsageError, type Shell } from './shell.ts'

/** @throws UsageError when a secret or a file is not there */
export function clientOptions(args: ClusterArgs, shell: Shell): BaseOptions {
  return {
    bootstrapBrokers: [...args.brokers],
    clientId: args.clientId ?? 'sluice-cli',
    requestTimeout: args.requestTimeoutMs,
    clock: shell.clock,
    ...(args.tls === null ? {} : tlsOptions(args.tls)),
    ...(args.sasl === null ? {} : { sasl: saslOption(args.sasl, shell) })
  }
}

/** A client's constructor judges its options; what it refuses was wrong on the command line. */
export function construct<Client>(make: () => Client): Client {
  try {
    return make()
  } catch (error) {
    throw isKafkaError(error) ? new UsageError(toldInFlags(error), { cause: error }) : error
  }
}

function tlsOptions(args: TlsArgs): Partial<BaseOptions> {
  const { caFile, certFile, keyFile, serverName } = args
  return {
    tls: {
      ...(caFile === undefined ? {} : { ca: readFile(caFile, '--tls-ca') }),
      ...(certFile === undefined ? {} : { cert: readFile(certFile, '--tls-cert') }),
      ...(keyFile === undefined ? {} : { key: readFile(keyFile, '--tls-key') })
    },
    ...(serverName === undefined ? {} : { tlsServerName: serverName })
  }
}

function saslOption(args: SaslArgs, shell: Shell): NonNullable<BaseOptions['sasl']> {
  const mechanism = args.mechanism.toUpperCase()
  const secret = readSecret(args, shell)
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: secret }
  if (mechanism !== 'PLAIN' && mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-512') {
    throw new UsageError(
      `--sasl-mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, not "${args.mechanism}"`
    )
  }
  if (args.username === undefined) throw new UsageError('--sasl-username is missing')
  return { mechanism, username: notEmpty(args.username, '--sasl-username'), password: secret }
}

function readSecret({ secret }: SaslArgs, shell: Shell): string {
  if (secret === undefined) throw new UsageError('--sasl-password-env NAME or --sasl-password-file FILE is missing')
  if (secret.from === 'value') return notEmpty(secret.text, '--sasl-password')
  if (secret.from === 'file') {
    // The newline that an editor leaves at the end of a file is not part of the password.
    const text = readFile(secret.text, '--sasl-password-file').replace(/\r?\n$/, '')
    return notEmpty(text, '--sasl-password-file')
  }
  const found = shell.env[secret.text]
  if (found === undefined || found === '') {
    throw new UsageError(`--sasl-password-env: there is no variable ${secret.text} in the environment`)
  }
  return found
}

function notEmpty(given: string, option: string): string {
  if (given === '') throw new UsageError(`${option} is empty`)
  return given
}

function readFile(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${option}: ${reasonOf(error)}`, { cause: error })
  }
}
