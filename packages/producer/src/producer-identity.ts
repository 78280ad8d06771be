// The producer's identity: asked for with InitProducerId when first needed, and anew when a partition cannot go on with it.
import { BrokerError, ClosedError, type Callback, type Clock, type KafkaError, type Timer } from '@sluice/core'
import { brokerError, errorCodes, initProducerIdApi, type InitProducerIdResponse } from '@sluice/protocol'
import type { OpenRequest, Requests, RetryDelay } from '@sluice/base/parts'
import type { HeldIdentity } from './queue-identity.ts'
import type { Identity } from './profile.ts'

/** Brokers ignore it without a transactional id. */
const transactionTimeoutMs = 60_000
/** With any other code another broker, or time, may do better: no permission, no such version, no such request. */
const finalCodes: ReadonlySet<number> = new Set([
  errorCodes.CLUSTER_AUTHORIZATION_FAILED,
  errorCodes.UNSUPPORTED_VERSION,
  errorCodes.INVALID_REQUEST
])

export interface ProducerIdentityParts {
  readonly clock: Clock
  readonly requests: Requests
  readonly retryDelay: RetryDelay
  /** The identity changed, or the producer became a plain one: what waited for it may go. */
  readonly onHeld: () => void
  /** The broker refuses to give one: what waits for it fails. It is asked again at the next send. */
  readonly onRefused: (error: KafkaError) => void
  readonly onFallback: (error: KafkaError) => void
}

export interface ProducerIdentitySettings {
  readonly askTimeoutMs: number
  /** Idempotence was asked for: never fall back to plain. */
  readonly required: boolean
}

export class ProducerIdentity {
  readonly #parts: ProducerIdentityParts
  readonly #settings: ProducerIdentitySettings
  #held: HeldIdentity | null = null
  #version = 0
  #fallback = false
  /** Null: nobody is asked. */
  #question: OpenRequest | null = null
  /** Why the last question, or the identity that it gave, came to nothing; null where nothing has waited for it since. */
  #refusal: KafkaError | null = null
  #refusals = 0
  #retryAtMs = 0
  #waiters: Callback<Identity>[] = []
  #timer: Timer | null = null
  /** Nobody waits: what is left in queues, of calls that were aborted, is no reason to ask. */
  #resting = false
  #closed = false

  constructor(parts: ProducerIdentityParts, settings: ProducerIdentitySettings) {
    this.#parts = parts
    this.#settings = settings
  }

  get held(): HeldIdentity | null {
    return this.#held
  }

  /** The broker gives us none, and idempotence was only a default: batches go without. */
  get plainFallback(): boolean {
    return this.#fallback
  }

  /** Why what waits for an identity has none, as far as brokers have said. */
  get trouble(): KafkaError | null {
    return this.#question?.lastError ?? this.#refusal
  }

  /** Something waits to be sent. */
  wake(): void {
    this.#resting = false
    // One whose pause is over is not why anything waits: it is asked anew.
    if (this.#retryAtMs <= this.#parts.clock.monotonicMs()) this.#refusal = null
  }

  /** Some partition cannot go on without an identity newer than this version. */
  want(newerThan: number): void {
    if (
      this.#resting ||
      this.#question !== null ||
      this.#closed ||
      (this.#held !== null && this.#held.version > newerThan)
    )
      return
    const waitMs = this.#retryAtMs - this.#parts.clock.monotonicMs()
    if (waitMs <= 0) this.#ask()
    else this.#timer ??= this.#parts.clock.after(waitMs, () => this.#retry())
  }

  /** Asks for a new identity in any case. */
  renew(callback: Callback<Identity>): void {
    this.#waiters.push(callback)
    if (this.#question === null) this.#ask()
  }

  /** Nothing waits to be sent any more: what is sent next asks again. Who asked for an identity as such is still answered. */
  rest(): void {
    this.#resting = true
    this.#refusal = null
    this.#stopTimer()
    if (this.#waiters.length > 0) return
    this.#question?.cancel()
    this.#question = null
  }

  /** A leader took the right to write under an identity back: if it is the one that is held, nothing is begun under it any more. */
  denied(identity: Identity, error: KafkaError): void {
    if (this.#held !== null && this.#held.producerId !== identity.producerId) return
    if (this.#held !== null) this.#backOff(error)
    this.#held = null
    this.#parts.onRefused(error)
  }

  #retry(): void {
    this.#timer = null
    if (this.#question === null) this.#ask()
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #ask(): void {
    this.#stopTimer()
    const { clock, requests } = this.#parts
    const request = { transactionalId: null, transactionTimeoutMs, producerId: -1n, producerEpoch: -1 }
    const deadlineMs = clock.monotonicMs() + this.#settings.askTimeoutMs
    this.#question = requests.ask(
      initProducerIdApi,
      request,
      { to: 'member', deadlineMs, check },
      (error, response) => {
        this.#question = null
        if (this.#closed) return
        if (error === null) this.#accept(response)
        else this.#refused(error)
      }
    )
  }

  #accept(response: InitProducerIdResponse): void {
    this.#refusals = 0
    this.#refusal = null
    this.#stopTimer()
    this.#version++
    const { producerId, producerEpoch } = response
    this.#held = { producerId, producerEpoch, version: this.#version }
    const waiters = this.#waiters
    this.#waiters = []
    this.#parts.onHeld()
    for (const waiter of waiters) waiter(null, { producerId, producerEpoch })
  }

  #refused(error: KafkaError): void {
    const waiters = this.#waiters
    this.#waiters = []
    const denied = error instanceof BrokerError && error.errorCode === errorCodes.CLUSTER_AUTHORIZATION_FAILED
    if (denied && !this.#settings.required && !this.#fallback && this.#version === 0 && waiters.length === 0) {
      this.#fallback = true
      this.#parts.onFallback(error)
      this.#parts.onHeld()
      return
    }
    this.#backOff(error)
    for (const waiter of waiters) waiter(error.withOutcome('not-persisted'), undefined)
    // Nobody to be asked is no refusal: what waits has deadlines of its own, and asks again when it is looked at.
    if (error.retriable) this.#parts.onHeld()
    else this.#parts.onRefused(error)
  }

  #backOff(error: KafkaError): void {
    this.#refusals++
    this.#refusal = error
    const delayMs = this.#parts.retryDelay({ operation: 'InitProducerId', attempt: this.#refusals, error })
    this.#retryAtMs = this.#parts.clock.monotonicMs() + delayMs
  }

  close(): void {
    this.#closed = true
    this.#stopTimer()
    const waiters = this.#waiters.splice(0)
    for (const waiter of waiters) waiter(new ClosedError('The producer was closed'), undefined)
  }
}

function check(response: InitProducerIdResponse): KafkaError | null {
  const { errorCode, producerId, producerEpoch } = response
  if (errorCode !== 0) return finalCodes.has(errorCode) ? brokerError(errorCode) : passing(brokerError(errorCode))
  if (producerId >= 0n && producerEpoch >= 0) return null
  return passing(
    brokerError(errorCodes.UNKNOWN_SERVER_ERROR, { detail: `InitProducerId gave ${producerId}, ${producerEpoch}` })
  )
}

function passing({ message, errorCode, errorName }: BrokerError): BrokerError {
  return new BrokerError(message, { errorCode, errorName, retriable: true })
}
