// send, flush and close as the caller sees them: what is taken, what is refused, when each is over.
import {
  AbortedError,
  BufferFullError,
  ClosedError,
  InvalidArgumentError,
  SerializationError,
  isKafkaError,
  reasonOf,
  type Clock,
  type Interceptor,
  type KafkaError,
  type MessageToProduce,
  type ProduceResult
} from '@sluice/core'
import { described } from '@sluice/base/parts'
import { AbortSignals } from './abort-signals.ts'
import type { Admission } from './admission.ts'
import type { CallOptionReader, CallOptions, CallSettings } from './call-options.ts'
import { checkMessages } from './check-messages.ts'
import type { ProducerCounters } from './counters.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Profile } from './profile.ts'
import type { Recall } from './recall.ts'
import type { RecordSerializers } from './record-encoder.ts'
import { nothingProduced, SendOperation, type CallSurroundings } from './send-operation.ts'
import type { Sender } from './sender.ts'
import type { TurnTime } from './turn-time.ts'

export interface ProduceCallsParts {
  readonly clock: Clock
  readonly turn: TurnTime
  readonly options: CallOptionReader
  readonly admission: Admission
  readonly budget: MemoryBudget
  readonly sender: Sender
  readonly recall: Recall
  /** The first call that has no outcome yet, or the last that has one. */
  readonly onUnsettled: (isAny: boolean) => void
  readonly counters: ProducerCounters
  readonly interceptors: readonly Interceptor[]
  readonly serializers: RecordSerializers
  readonly maxWaiting: number
  readonly heldIdentity: () => Profile['identity']
  /** A caller that was told to wait may go on. */
  readonly onDrain: () => void
}

interface FlushWait {
  readonly upTo: number
  left: number
  readonly done: () => void
}

export class ProduceCalls {
  readonly #parts: ProduceCallsParts
  readonly #signals = new AbortSignals()
  #calls = 0
  /** Calls without an outcome. */
  #unsettled = 0
  #closing = false
  #abandonedBy: KafkaError | null = null
  #owesDrain = false
  #drainScheduled = false
  #flushes: FlushWait[] = []
  readonly #surroundings: CallSurroundings

  constructor(parts: ProduceCallsParts) {
    this.#parts = parts
    const { unwritableNodes } = parts.sender
    this.#surroundings = {
      onSettled: this.#onSettled,
      onUnplaced: () => {
        parts.counters.failed++
      },
      unwritableNodes,
      soon: this.#later,
      nowMs: () => parts.clock.monotonicMs()
    }
  }

  /**
   * One of `resolve` and `reject` is called, once, after this has returned.
   *
   * @returns false if the caller should wait for `producer:drain`
   */
  // hot: bench
  send(
    options: CallOptions & { readonly messages: readonly MessageToProduce[] },
    resolve: (result: ProduceResult) => void,
    reject: (error: KafkaError) => void
  ): boolean {
    let settings: CallSettings
    let messages: readonly MessageToProduce[]
    let count: number
    try {
      settings = this.#admissible(options)
      messages = options.messages
      count = countOf(messages)
    } catch (cause) {
      this.#later(() => reject(refusal(cause)))
      return this.#hasRoom()
    }
    if (count === 0) this.#later(() => resolve(nothingProduced(settings, this.#surroundings)))
    else this.#submit(this.#begin(messages, count, settings, resolve, reject))
    return this.#hasRoom()
  }

  /** @throws KafkaError for a call that is refused as a whole */
  #admissible(options: CallOptions & { readonly messages: readonly MessageToProduce[] }): CallSettings {
    if (this.#closing) throw new ClosedError('The producer is closed: nothing more can be sent')
    const settings = this.#parts.options.read(options, this.#parts.heldIdentity())
    if (settings.signal?.aborted === true) throw aborted(settings.signal)
    const { waiting } = this.#parts.admission
    if (waiting > this.#parts.maxWaiting) {
      throw new BufferFullError(`${waiting} messages wait already, more than maxWaiting (${this.#parts.maxWaiting})`)
    }
    return settings
  }

  #begin(
    messages: readonly MessageToProduce[],
    count: number,
    settings: CallSettings,
    resolve: (result: ProduceResult) => void,
    reject: (error: KafkaError) => void
  ): SendOperation {
    if (this.#unsettled++ === 0) this.#parts.onUnsettled(true)
    const number = ++this.#calls
    const startedAt = this.#parts.turn.now()
    const surroundings = this.#surroundings
    return new SendOperation({ number, messages, count, settings, startedAt, surroundings, resolve, reject })
  }

  // hot: bench. What few calls need is elsewhere: V8 makes no objects for a call only where all of this is small.
  #submit(operation: SendOperation): void {
    const { signal, strict } = operation.settings
    if (signal !== null || strict || this.#parts.interceptors.length > 0) this.#prepare(operation)
    if (!operation.settled) this.#parts.admission.submit(operation)
    operation.returned()
  }

  #prepare(operation: SendOperation): void {
    const { signal, strict } = operation.settings
    this.#intercept(operation)
    if (strict && !operation.settled) this.#check(operation)
    // An interceptor may have closed the producer.
    const cause = this.#abandonedBy
    if (cause !== null) operation.refuse(() => cause.withOutcome('not-persisted'))
    if (signal !== null && !operation.settled) this.#watch(signal, operation)
  }

  readonly #later = (task: () => void): void => this.#parts.clock.soon(task)

  #intercept(operation: SendOperation): void {
    if (this.#parts.interceptors.length === 0) return
    const seen: MessageToProduce[] = []
    for (let index = 0; index < operation.count; index++) {
      try {
        let message = operation.messages[index]!
        for (const interceptor of this.#parts.interceptors) message = messageOf(interceptor.onSend(message))
        seen[index] = message
      } catch (cause) {
        const reason = reasonOf(cause)
        const topic = operation.topicNameOf(index)
        const text = `An interceptor failed on a message for ${topic}: ${reason}`
        const error = new SerializationError(text, { cause, index, outcome: 'not-persisted' })
        if (operation.settings.strict) return operation.refuse(() => error)
        seen[index] = skipped
        operation.skip(index)
        operation.failed(index, topic, null, error)
      }
    }
    operation.messages = seen
  }

  /** After the interceptors: what they make of a message is what is sent. */
  #check(operation: SendOperation): void {
    try {
      checkMessages(operation.messages, this.#parts.serializers)
    } catch (cause) {
      operation.refuse(() => refusal(cause))
    }
  }

  #watch(signal: AbortSignal, operation: SendOperation): void {
    const { admission, recall } = this.#parts
    const takeBack = (): void => {
      operation.refuse(() => aborted(signal).withOutcome(recall.take(operation)))
      this.offerDrain()
    }
    // An interceptor of the call may have done it.
    if (signal.aborted) return operation.refuse(() => aborted(signal).withOutcome('not-persisted'))
    operation.onEnd = this.#signals.watch(signal, () => admission.whenCalm(takeBack))
  }

  readonly #onSettled = (operation: SendOperation): void => {
    if (--this.#unsettled === 0) this.#parts.onUnsettled(false)
    operation.onEnd?.()
    if (this.#flushes.length > 0) this.#countFlushes(operation)
    this.offerDrain()
  }

  // ---- back-pressure ----

  #hasRoom(): boolean {
    const { budget, admission } = this.#parts
    if (!budget.tight && admission.waiting === 0) return true
    this.#owesDrain = true
    return false
  }

  /** Memory came back, or a call ended: callers that were told to wait may perhaps go on. */
  offerDrain(): void {
    if (!this.#owesDrain || this.#drainScheduled || !this.#isRelaxed()) return
    this.#drainScheduled = true
    this.#later(() => {
      this.#drainScheduled = false
      if (!this.#owesDrain || !this.#isRelaxed()) return
      this.#owesDrain = false
      this.#parts.onDrain()
    })
  }

  #isRelaxed(): boolean {
    return this.#parts.budget.relaxed && this.#parts.admission.waiting === 0
  }

  // ---- flush, close ----

  /** Calls back when every call made so far has its outcome. */
  flush(done: () => void): void {
    if (this.#unsettled === 0) {
      this.#later(done)
      return
    }
    const endHurry = this.#parts.sender.hurry()
    this.#flushes.push({
      upTo: this.#calls,
      left: this.#unsettled,
      done: () => {
        endHurry()
        done()
      }
    })
  }

  #countFlushes(operation: SendOperation): void {
    let isOver = false
    for (const wait of this.#flushes) {
      if (operation.number > wait.upTo) continue
      wait.left--
      isOver ||= wait.left === 0
    }
    if (!isOver) return
    const over = this.#flushes.filter(wait => wait.left === 0)
    this.#flushes = this.#flushes.filter(wait => wait.left > 0)
    for (const wait of over) this.#later(wait.done)
  }

  /** No more calls are taken. */
  refuseMore(): void {
    this.#closing = true
  }

  /** Every call ends now: what was never handed over is `not-persisted`, the rest `unknown`. */
  abandon(cause: KafkaError): void {
    const { admission, sender } = this.#parts
    this.#abandonedBy = cause
    admission.whenCalm(() => {
      admission.abandon(cause)
      sender.abandonAll(cause)
    })
  }
}

/** Stands where a message was that an interceptor failed on. */
const skipped: MessageToProduce = { topic: '', value: null }

/** The list is the user's: what it says of its length need be no number. */
function countOf(messages: { readonly length: unknown }): number {
  const { length } = messages
  if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 0) return length
  throw new InvalidArgumentError(`send.messages must be a list of messages, and not ${described(length)} long`)
}

/** What the call is told that is refused as a whole, whatever was thrown. */
function refusal(cause: unknown): KafkaError {
  const outcome = 'not-persisted'
  if (isKafkaError(cause)) return cause.withOutcome(outcome)
  return new InvalidArgumentError(`What send was given cannot be read: ${reasonOf(cause)}`, { cause, outcome })
}

function aborted(signal: AbortSignal): AbortedError {
  const reason: unknown = signal.reason
  const why = reason instanceof Error ? `: ${reasonOf(reason)}` : ''
  return new AbortedError(`The send was aborted by its signal${why}`, { cause: reason })
}

function messageOf(given: MessageToProduce): MessageToProduce {
  const message: unknown = given
  if (typeof message === 'object' && message !== null && !(message instanceof Promise)) return given
  throw new TypeError(`it must return a message, at once, not ${described(message)}`)
}
