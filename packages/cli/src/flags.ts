// Tells the client's errors to who typed flags: its messages speak of options by the names that they have in code.
import { isKafkaError, reasonOf } from '@sluice/core'

const names: Readonly<Record<string, string>> = {
  bootstrapBrokers: '--brokers',
  clientId: '--client-id',
  requestTimeout: '--request-timeout',
  tlsServerName: '--tls-server-name',
  autocreateTopics: '--autocreate',
  batchSize: '--batch-size',
  maxRequestSize: '--max-request-size',
  bufferMemory: '--buffer-memory',
  deliveryTimeout: '--delivery-timeout'
}

const anyName = new RegExp(`(?<![\\w.-])(${Object.keys(names).join('|')})(?:\\[\\d+\\])?(?![\\w.-])`, 'g')

/** What is a word like any other, but for where it stands; and what has no flag. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.-])linger(?= must| \()/g, '--linger'],
  [/\bthe tls option\b/g, '--tls'],
  [/\bgive tls (.*), as 'ca'/g, 'give --tls-ca $1'],
  [/\bgive tls its 'cert' and 'key'/g, 'give --tls-cert and --tls-key'],
  [/\bthe sasl option\b|(?<=\bthese for )sasl\b/g, '--sasl-mechanism'],
  [/(?<=\bgiven to )sasl\b/g, '--sasl-…'],
  [/, or give mapAddress\b/g, '']
]

/** The reason of any error; that of the client's, with flags for the options that it names. */
export function toldInFlags(error: unknown): string {
  const reason = reasonOf(error)
  if (!isKafkaError(error)) return reason
  const named = reason.replace(anyName, (_, name: string) => names[name]!)
  return phrases.reduce((text, [phrase, flag]) => text.replace(phrase, flag), named)
}
