// One send() call: counts the outcomes of its records and settles once.
import {
  ProduceError,
  type KafkaError,
  type MessageToProduce,
  type ProducedOffset,
  type ProducedRecord,
  type ProduceFailure,
  type ProduceResult,
  type RecordOutcome
} from '@sluice/core'
import type { CallSettings } from './call-options.ts'
import { offsetBehind } from './offset.ts'
import type { Moment } from './turn-time.ts'

/** What all calls of a producer share. */
export interface CallSurroundings {
  /** Told once for each call, when it is settled. */
  readonly onSettled: (operation: SendOperation) => void
  /** Told of each record that failed before it was in a batch. */
  readonly onUnplaced: () => void
  /** Which nodes are busy, for calls without acknowledgement. */
  readonly unwritableNodes: () => number[]
  /** Runs when the turn is over. */
  readonly soon: (task: () => void) => void
  /** Monotonic. */
  readonly nowMs: () => number
}

export interface Call {
  /** Later calls have greater ones. */
  readonly number: number
  readonly messages: readonly MessageToProduce[]
  /** Of the messages, read once: the list is the user's. */
  readonly count: number
  readonly settings: CallSettings
  readonly startedAt: Moment
  readonly surroundings: CallSurroundings
  /** One of both is told the outcome, once. */
  readonly resolve: (result: ProduceResult) => void
  readonly reject: (error: KafkaError) => void
}

/** A place of the result while it is being made. */
interface Place extends ProducedOffset {
  offset: bigint
}

const none: readonly MessageToProduce[] = []
/** Stands for the offset where nothing is in the log yet. */
const unwritten = -2n

export class SendOperation {
  readonly number: number
  /** As given, or as the interceptors returned them. Empty once all are in batches, or the call is over. */
  messages: readonly MessageToProduce[]
  readonly settings: CallSettings
  readonly startedAt: Moment
  readonly count: number
  settled = false
  /** Some of it is in the log already, or may be. */
  mayBeWritten = false
  /** What must be undone when the call ends. */
  onEnd: (() => void) | null = null
  readonly #surroundings: CallSurroundings
  readonly #resolve: (result: ProduceResult) => void
  readonly #reject: (error: KafkaError) => void
  #hasReturned = false
  #skipped: Set<number> | null = null
  /** Messages without an outcome. */
  unsettled: number
  /** Where the call writes, in order of first appearance. */
  #places: Place[] | null = null
  #failures: ProduceFailure[] | null = null
  readonly #records: RecordPlaces | null

  constructor(call: Call) {
    const { messages, count, settings } = call
    this.number = call.number
    this.messages = messages
    this.settings = settings
    this.startedAt = call.startedAt
    this.count = count
    this.#surroundings = call.surroundings
    this.#resolve = call.resolve
    this.#reject = call.reject
    this.unsettled = count
    this.#records = settings.records ? { timestamps: [], produced: [] } : null
  }

  /** The topic that the message names, as far as it does; reading it may fail. */
  topicNameOf(index: number): string {
    try {
      const topic: unknown = this.messages[index]?.topic
      return typeof topic === 'string' ? topic : ''
    } catch {
      return ''
    }
  }

  /** Monotonic. */
  get deadlineMs(): number {
    return this.startedAt.monotonicMs + this.settings.profile.deliveryTimeoutMs
  }

  /** The call writes to this partition: the order of these calls is the order of the result. */
  // hot: bench
  writesTo(topic: string, partition: number): void {
    // Of a single message the place is made when it is known: a thousand calls under way have none to keep.
    if (this.count === 1) return
    if (this.#places === null) this.#places = [{ topic, partition, offset: unwritten }]
    else if (this.#place(topic, partition) === undefined) this.#places.push({ topic, partition, offset: unwritten })
  }

  #reached(topic: string, partition: number, offset: bigint): void {
    const place = this.#place(topic, partition)
    if (place !== undefined && place.offset === unwritten) place.offset = offset
  }

  #place(topic: string, partition: number): Place | undefined {
    for (const place of this.#places!) if (place.partition === partition && place.topic === topic) return place
    return undefined
  }

  noteTimestamp(index: number, timestamp: number): void {
    if (this.#records !== null) this.#records.timestamps[index] = timestamp
  }

  /** The records `indexes[from]` to before `indexes[to]` of the call are in the log, the first of them at `offset`. */
  // hot: bench
  delivered(
    topic: string,
    partition: number,
    indexes: readonly number[],
    from: number,
    to: number,
    offset: bigint,
    appendTimeMs: bigint
  ): void {
    if (this.settled) return
    this.mayBeWritten = true
    if (this.count === 1) this.#places = [{ topic, partition, offset }]
    else this.#reached(topic, partition, offset)
    if (this.#records !== null) {
      for (let i = from; i < to; i++)
        deliverRecord(this.#records, topic, partition, indexes[i]!, offsetBehind(offset, i - from), appendTimeMs)
    }
    this.#count(to - from)
  }

  failed(index: number, topic: string, partition: number | null, error: KafkaError): void {
    if (this.settled) return
    const outcome = error.outcome ?? 'not-persisted'
    if (outcome === 'unknown') this.mayBeWritten = true
    const told = error.delivery === undefined ? this.#unplaced(error, outcome) : error
    this.#failures ??= []
    this.#failures.push({ index, topic, partition, outcome, error: told })
    this.#count(1)
  }

  /** The error of a record that was in no batch. */
  #unplaced(error: KafkaError, outcome: RecordOutcome): KafkaError {
    const { onUnplaced, nowMs } = this.#surroundings
    onUnplaced()
    const elapsedMs = nowMs() - this.startedAt.monotonicMs
    return error.withOutcome(outcome, { attempts: 0, elapsedMs, firstError: null, lastError: null, brokerId: null })
  }

  /** The whole call ends, whatever becomes of its records. `why` is asked when none of them can be told any more. */
  refuse(why: () => KafkaError): void {
    if (this.settled) return
    this.#end()
    this.#fail(why())
  }

  /** Every message is in a batch, or has failed: nobody needs them any more. */
  letGo(): void {
    this.messages = none
  }

  /** The call that made this has returned: from now on the outcome may be told at once. */
  returned(): void {
    this.#hasReturned = true
  }

  #succeed(result: ProduceResult): void {
    if (this.#hasReturned) this.#resolve(result)
    else this.#surroundings.soon(() => this.#resolve(result))
  }

  #fail(error: KafkaError): void {
    if (this.#hasReturned) this.#reject(error)
    else this.#surroundings.soon(() => this.#reject(error))
  }

  /** The message has its outcome already. */
  skip(index: number): void {
    this.#skipped ??= new Set()
    this.#skipped.add(index)
  }

  skips(index: number): boolean {
    return this.#skipped !== null && this.#skipped.has(index)
  }

  #count(records: number): void {
    this.unsettled -= records
    if (this.unsettled > 0) return
    this.#end()
    if (this.#failures === null) this.#succeed(this.#result())
    else this.#fail(this.#error(this.#failures))
  }

  #end(): void {
    this.settled = true
    this.letGo()
    this.#surroundings.onSettled(this)
  }

  #result(): ProduceResult {
    const offsets = this.#offsets()
    if (this.#records === null && this.settings.profile.acks !== 0) return { offsets }
    return {
      offsets,
      ...(this.settings.profile.acks === 0 && { unwritableNodes: this.#surroundings.unwritableNodes() }),
      // Those of failed messages are holes.
      ...(this.#records !== null && { records: this.#records.produced.filter(() => true) })
    }
  }

  /** The places themselves, which nobody changes after the end. */
  #offsets(): ProducedOffset[] {
    if (this.#places === null || this.settings.profile.acks === 0) return []
    if (this.#failures === null) return this.#places
    return this.#places.filter(({ offset }) => offset !== unwritten)
  }

  #error(failures: ProduceFailure[]): ProduceError {
    failures.sort((one, other) => one.index - other.index)
    const first = failures[0]!
    const outcome: RecordOutcome = failures.some(failure => failure.outcome === 'unknown') ? 'unknown' : 'not-persisted'
    const which = this.count === 1 ? 'The message was' : `${failures.length} of ${this.count} messages were`
    return new ProduceError(`${which} not acknowledged (${outcome}): ${first.error.message}`, {
      cause: first.error,
      failures,
      produced: this.#result(),
      outcome,
      retriable: failures.every(failure => failure.error.retriable)
    })
  }
}

/** The result of a call without messages. */
export function nothingProduced({ profile, records }: CallSettings, surroundings: CallSurroundings): ProduceResult {
  return {
    offsets: [],
    ...(profile.acks === 0 && { unwritableNodes: surroundings.unwritableNodes() }),
    ...(records && { records: [] })
  }
}

interface RecordPlaces {
  readonly timestamps: number[]
  readonly produced: ProducedRecord[]
}

function deliverRecord(
  { timestamps, produced }: RecordPlaces,
  topic: string,
  partition: number,
  index: number,
  offset: bigint,
  appendTimeMs: bigint
): void {
  const timestamp = appendTimeMs >= 0n ? appendTimeMs : BigInt(timestamps[index]!)
  produced[index] = { topic, partition, offset, timestamp }
}
