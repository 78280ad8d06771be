// Why a connection failed, told so that the reader knows what to change.
import {
  ConnectionError,
  isKafkaError,
  reasonOf,
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
/** For an address that no user wrote, but metadata gave. */
export const advertisedTodo =
  'check that what it advertises (advertised.listeners) can be reached from here, or give mapAddress'
const refusedAdvertised: Finding = {
  ...refused,
  todo: `nothing listens there: check that the broker runs; if it does, ${advertisedTodo}`
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
const certificates: Readonly<Record<string, Pick<Finding, 'what' | 'todo'>>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'has a certificate for another name',
    todo: 'connect by a name that the certificate has, or set tlsServerName to one if the broker is reached by another name'
  },
  CERT_HAS_EXPIRED: { what: 'has a certificate that has expired', todo: 'it must be renewed' },
  CERT_NOT_YET_VALID: {
    what: 'has a certificate that is not valid yet',
    todo: "compare this machine's clock with its dates"
  }
}
const untrusted: Pick<Finding, 'what' | 'todo'> = {
  what: 'has a certificate that is not trusted',
  todo: "give tls the certificate of the authority that signed it, as 'ca'"
}
const clientCertificate = "the listener wants one that it knows: give tls its 'cert' and 'key'"

/** What a stream's error says about the other side; null if nothing in particular. */
function findingOf(cause: Error, { state, address }: Circumstances): Finding | null {
  const code = codeOf(cause)
  if (code === 'ECONNREFUSED') return address.nodeId === undefined ? refused : refusedAdvertised
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return unresolvable
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return tlsToPlaintext
  const insecure = code === 'ECONNRESET' && state === 'connecting' && Reflect.has(cause, 'host')
  if (insecure) return droppedInTls
  // An alert is what the other side says about us.
  if (/_ALERT_.*(?:CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/.test(code))
    return {
      problem: 'certificate',
      what: `did not accept this client's certificate (${code})`,
      todo: clientCertificate
    }
  if (!certificateCodes.has(code) && !code.startsWith('CERT_')) return null
  const { what, todo } = certificates[code] ?? untrusted
  return { problem: 'certificate', what: `${what} (${code})`, todo }
}

function codeOf(cause: Error): string {
  try {
    const code: unknown = Reflect.get(cause, 'code')
    return typeof code === 'string' ? code : ''
  } catch {
    // It is somebody else's.
    return ''
  }
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
  ...Object.keys(certificates)
])

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
  const { address: broker } = circumstances
  if (isKafkaError(cause)) return cause
  const name = brokerName(broker)
  const finding = cause === null ? null : findingOf(cause, circumstances)
  if (finding !== null)
    return new ConnectionError(`${name} ${finding.what}: ${finding.todo}`, { broker, problem: finding.problem, cause })
  const why = cause === null ? '' : ` (${codeOf(cause) || reasonOf(cause)})`
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
