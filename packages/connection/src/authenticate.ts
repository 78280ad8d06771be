// Runs a SASL mechanism over a connection: SaslHandshake, then one SaslAuthenticate per message of the mechanism.
import {
  AuthenticationError,
  foreignText,
  isKafkaError,
  reasonOf,
  type BrokerAddress,
  type Clock,
  type KafkaError,
  type SaslMechanism
} from '@sluice/core'
import {
  brokerError,
  errorCodes,
  brokerErrorInfo,
  saslAuthenticateApi,
  saslHandshakeApi,
  type Api,
  type SaslAuthenticateResponse,
  type SaslHandshakeResponse
} from '@sluice/protocol'
import { asError } from './as-error.ts'
import { brokerName } from './broker-name.ts'

export interface SaslTalk {
  readonly clock: Clock
  readonly mechanism: SaslMechanism
  readonly address: BrokerAddress
  /** Aborted when the time is up or the connection closed; its reason is the error. */
  readonly signal: AbortSignal
  /** Called when the mechanism has its first message; what it waits for happens before anything is sent. */
  readonly quiet: () => Promise<void>
  readonly ask: <Request, Response>(api: Api<Request, Response>, request: Request) => Promise<Response>
  readonly onHandshake: () => void
}

/** How long the broker takes requests from now on. */
export interface Session {
  /** Monotonic; no later than it began for the broker. */
  readonly beganMs: number
  /** Milliseconds until the connection must authenticate again; 0: never (KIP-368). */
  readonly lifetimeMs: number
  /** How long the mechanism took for its first message. */
  readonly credentialsMs: number
}

const longestLifetimeMs = 2 ** 46

/**
 * Credentials are asked for before anything is sent, so that a slow source of them does not hold up a connection that is
 * authenticating again.
 *
 * @throws AuthenticationError when the broker refuses or the mechanism throws; else why the connection failed
 */
export async function authenticate(talk: SaslTalk): Promise<Session> {
  const messages = begin(talk)
  try {
    return await converse(talk, messages)
  } finally {
    // Not awaited: it may hang behind what the mechanism itself waits for.
    void end(messages)
  }
}

type Messages = ReturnType<SaslMechanism['authenticate']>

function begin(talk: SaslTalk): Messages {
  const { mechanism, address, signal } = talk
  let messages: Partial<Messages> | null | undefined
  try {
    messages = mechanism.authenticate(address, { signal })
  } catch (thrown) {
    throw asAuthenticationError(talk, thrown)
  }
  if (typeof messages?.next === 'function') return messages as Messages
  throw asAuthenticationError(talk, new TypeError('its authenticate must return an async generator'))
}

/** A user's own may have no end, or throw at it. */
async function end(messages: Partial<Messages>): Promise<void> {
  try {
    await messages.return?.()
  } catch {
    // Nobody is left who would want to know.
  }
}

async function converse(talk: SaslTalk, messages: Messages): Promise<Session> {
  const startMs = talk.clock.monotonicMs()
  let message = await fromMechanism(talk, () => messages.next())
  const credentialsMs = talk.clock.monotonicMs() - startMs
  // Where the connection closes meanwhile it never becomes quiet.
  await unlessAborted(talk.signal, talk.quiet())
  judgeHandshake(talk, await talk.ask(saslHandshakeApi, { mechanism: talk.mechanism.name }))
  talk.onHandshake()
  let beganMs = startMs
  let lifetimeMs = 0
  while (message.done !== true) {
    beganMs = talk.clock.monotonicMs()
    // One message answers another: there is nothing to do at the same time.
    // oxlint-disable-next-line no-await-in-loop -- one message after another
    const answer = await talk.ask(saslAuthenticateApi, { authBytes: message.value })
    judgeAnswer(talk, answer, secretIn(talk.mechanism, message.value))
    lifetimeMs = Number(answer.sessionLifetimeMs)
    // oxlint-disable-next-line no-await-in-loop -- one message after another
    message = await fromMechanism(talk, () => messages.next(answer.authBytes))
  }
  return { beganMs, lifetimeMs: Math.min(Math.max(lifetimeMs, 0), longestLifetimeMs), credentialsMs }
}

async function fromMechanism(talk: SaslTalk, step: () => ReturnType<Messages['next']>): ReturnType<Messages['next']> {
  const { signal } = talk
  try {
    const message = await unlessAborted(signal, step())
    if (message.done === true || message.value instanceof Uint8Array) return message
    throw new TypeError('it must yield each message as a Uint8Array')
  } catch (thrown) {
    throw signal.aborted ? whyAborted(signal) : asAuthenticationError(talk, thrown)
  }
}

/** What is waited for, or the reason of the signal if that is sooner. */
async function unlessAborted<T>(signal: AbortSignal, step: Promise<T>): Promise<T> {
  let giveUp: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(whyAborted(signal))
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
  })
  try {
    return await Promise.race([step, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp!)
  }
}

function whyAborted(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return asError(reason)
}

function asAuthenticationError({ mechanism, address: broker }: SaslTalk, thrown: unknown): KafkaError {
  if (isKafkaError(thrown, 'KAFKA_AUTHENTICATION')) return thrown
  const why = thrown instanceof Error ? reasonOf(thrown) : 'it threw something that is not an error'
  const message = `${mechanism.name} could not authenticate with ${brokerName(broker)}: ${why}`
  return new AuthenticationError(message, { broker, cause: thrown })
}

function judgeHandshake({ mechanism, address: broker }: SaslTalk, answer: SaslHandshakeResponse): void {
  const { errorCode, mechanisms } = answer
  if (errorCode === 0) return
  const cause = brokerError(errorCode)
  const name = brokerName(broker)
  throw new AuthenticationError(handshakeMessage(errorCode, name, mechanism.name, mechanisms), { broker, cause })
}

function handshakeMessage(errorCode: number, name: string, wanted: string, offered: readonly string[]): string {
  if (errorCode === errorCodes.UNSUPPORTED_SASL_MECHANISM)
    return `${name} does not have ${wanted}, it has ${foreignText(offered.join(', ')) || 'no SASL mechanism'}: choose one of these for sasl`
  if (errorCode === errorCodes.ILLEGAL_SASL_STATE)
    return `${name} wants no SASL on this port: leave the sasl option out, or use the port of its SASL listener`
  return `${name} refused to begin ${wanted}: ${brokerErrorInfo(errorCode).name} (${errorCode})`
}

/** @param secret what was said to the broker, and must not come back in its words */
function judgeAnswer(talk: SaslTalk, answer: SaslAuthenticateResponse, secret: string): void {
  const { mechanism, address: broker } = talk
  const { errorCode } = answer
  if (errorCode === 0) return
  const said = answer.errorMessage === null ? null : foreignText(answer.errorMessage, secret)
  const { name, text } = brokerErrorInfo(errorCode)
  const todo =
    errorCode === errorCodes.SASL_AUTHENTICATION_FAILED
      ? `: check the ${credentialsOf(mechanism.name)} given to sasl`
      : ''
  const message = `${brokerName(broker)} refused ${mechanism.name}: ${said ?? text} (${name})${todo}`
  throw new AuthenticationError(message, { broker, cause: brokerError(errorCode, { detail: said }) })
}

/** The mechanisms that say their secret: the password ends a message of PLAIN (RFC 4616), OAUTHBEARER has its token (RFC 7628). */
function secretIn({ name }: SaslMechanism, message: Uint8Array): string {
  if (name !== 'PLAIN' && name !== 'OAUTHBEARER') return ''
  const text = Buffer.from(message).toString('utf8')
  if (name === 'PLAIN') return text.slice(text.lastIndexOf('\0') + 1)
  return /auth=Bearer (?<token>[!-~]+)/.exec(text)?.groups?.['token'] ?? ''
}

function credentialsOf(mechanism: string): string {
  if (mechanism === 'OAUTHBEARER') return 'token, its issuer and when it expires, as'
  return mechanism === 'PLAIN' || mechanism.startsWith('SCRAM-') ? 'username and password' : 'credentials'
}
