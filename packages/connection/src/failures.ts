// Why a connection failed, told so that the reader knows what to change.
import {
  ConnectionError,
  isKafkaError,
  type BrokerAddress,
  type ConnectionProblem,
  type ConnectionState,
  type KafkaError
} from '@sluice/core'
import { brokerName } from './broker-name.ts'
import type { Exchange } from './exchange.ts'

export interface Circumstances {
  readonly address: BrokerAddress
  readonly state: ConnectionState
  /** Anything was ever answered on this connection after it was ready. */
  readonly answered: boolean
  readonly sasl: boolean
}

interface Finding {
  readonly problem: ConnectionProblem
  readonly what: string
  readonly todo: string
}

const refused: Finding = {
  problem: 'refused',
  what: 'refused the connection',
  todo: 'nothing listens there: check host and port, and that the broker runs'
}
const unresolvable: Finding = {
  problem: 'unresolvable',
  what: 'cannot be found by name',
  todo: 'check the name in bootstrapBrokers, or in what the broker advertises'
}
const tlsToPlaintext: Finding = {
  problem: 'tls-to-plaintext',
  what: 'does not speak TLS',
  todo: 'its port is a plaintext one: leave the tls option out, or use the port of the TLS listener'
}
const droppedInTls: Finding = {
  problem: 'tls-to-plaintext',
  what: 'closed the connection during the TLS handshake',
  todo: 'its port is probably a plaintext one: leave the tls option out, or use the port of the TLS listener'
}
const certificateTodo: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'connect by a name that the certificate has, or set tlsServerName to one if the broker is reached by another name',
  CERT_HAS_EXPIRED: "the broker's certificate must be renewed",
  CERT_NOT_YET_VALID: "compare this machine's clock with the certificate's dates",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the broker wants a client certificate: give tls its 'cert' and 'key'",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    "the broker may want a client certificate ('cert' and 'key'), or share no cipher with this client",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the broker does not know the authority behind this client's certificate"
}
const untrusted = "give tls the certificate of the authority that signed the broker's, as 'ca'"

/** What a stream's error says about the other side; null if nothing in particular. */
function findingOf(cause: Error, state: ConnectionState): Finding | null {
  const code = codeOf(cause)
  if (code === 'ECONNREFUSED') return refused
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return unresolvable
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return tlsToPlaintext
  const insecure = code === 'ECONNRESET' && state === 'connecting' && Reflect.has(cause, 'host')
  if (insecure) return droppedInTls
  if (!isAboutCertificate(code)) return null
  const todo = certificateTodo[code] ?? untrusted
  return { problem: 'certificate', what: `could not be trusted, or did not trust this client (${code})`, todo }
}

function codeOf(cause: Error): string {
  const code: unknown = Reflect.get(cause, 'code')
  return typeof code === 'string' ? code : ''
}

const certificateCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  ...Object.keys(certificateTodo)
])

function isAboutCertificate(code: string): boolean {
  return certificateCodes.has(code) || code.startsWith('CERT_') || /_ALERT_.*(?:CERTIFICATE|UNKNOWN_CA)/.test(code)
}

/** What an end without an error most likely means, by where the connection had come to. */
function hintFor({ state, answered, sasl }: Circumstances): string {
  if (state === 'negotiating')
    return ' without an answer: if its port is that of a TLS listener, set the tls option; otherwise it may not be a Kafka broker'
  if (state === 'authenticating') return ' during authentication: it has probably refused the credentials'
  if (state === 'ready' && !answered && !sasl)
    return ' before it answered anything: if its listener wants SASL, set the sasl option'
  return ''
}

/** A stream that closed, by itself or by an error of its own, as the error of the connection. */
export function connectionLost(cause: Error | null, circumstances: Circumstances): KafkaError {
  const { address: broker, state } = circumstances
  if (isKafkaError(cause)) return cause
  const name = brokerName(broker)
  const finding = cause === null ? null : findingOf(cause, state)
  if (finding !== null)
    return new ConnectionError(`${name} ${finding.what}: ${finding.todo}`, { broker, problem: finding.problem, cause })
  const why = cause === null ? '' : ` (${codeOf(cause) || cause.message})`
  const verb = cause === null || codeOf(cause) === 'ECONNRESET' ? 'closed the connection' : 'could not be reached'
  const message = `${name} ${verb}${why}${hintFor(circumstances)}`
  return new ConnectionError(message, { broker, problem: 'closed', ...(cause === null ? {} : { cause }) })
}

/** The fate of one request when its connection fails. `culprit`: the request that the failure is about. */
export function exchangeError(
  exchange: Exchange,
  cause: KafkaError,
  address: BrokerAddress,
  culprit: Exchange | null
): KafkaError {
  const { handedOver, api } = exchange
  if (handedOver && exchange === culprit) return cause
  if (!handedOver && cause.code === 'KAFKA_AUTHENTICATION') return cause
  const fate = handedOver ? 'was sent and not answered' : 'was not sent'
  const message = `${api.name} to ${brokerName(address)} ${fate}: ${cause.message}`
  const problem = isKafkaError(cause, 'KAFKA_CONNECTION') ? cause.problem : undefined
  return new ConnectionError(message, { broker: address, handedOver, problem, cause })
}
