// One send() call: counts the outcomes of its records and settles once.
import {
  ProduceError,
  type Callback,
  type KafkaError,
  type MessageToProduce,
  type Outcome,
  type ProduceFailure,
  type RecordOutcome,
  type TopicPartitioner
} from '@sluice/core'
import type { Profile } from './profile.ts'

export interface ProducedOffset {
  readonly topic: string
  readonly partition: number
  /** Of the call's first record there; -1n where the write is confirmed but its place is no longer known. */
  readonly offset: bigint
}

export interface ProducedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970-01-01 UTC, as in the log. */
  readonly timestamp: bigint
}

export interface ProduceResult {
  /** One per partition that the call wrote to, in order of first appearance. Empty with `acks` NO_RESPONSE. */
  readonly offsets: ProducedOffset[]
  /** With `acks` NO_RESPONSE: the nodes whose connection is busy. `client:broker:drain` follows for each. */
  readonly unwritableNodes?: number[]
  /** With `records: true`: one per message, in the order given. */
  readonly records?: ProducedRecord[]
}

export interface OperationSettings {
  readonly profile: Profile
  readonly bufferTimeoutMs: number
  readonly autocreate: boolean
  readonly records: boolean
  /** The call's own partitioner, for a topic; absent: the producer's. */
  readonly partitionerFor?: ((topic: string) => TopicPartitioner) | undefined
  readonly startedMs: number
  /** Told once, when the call is settled. */
  readonly onSettled: (operation: SendOperation) => void
  /** Which nodes are busy, for calls without acknowledgement. */
  readonly unwritableNodes: () => number[]
  /** Runs when the turn is over. */
  readonly soon: (task: () => void) => void
}

interface Place {
  readonly topic: string
  readonly partition: number
  offset: bigint | null
}

export class SendOperation {
  readonly number: number
  /** As given, or as the interceptors returned them. Empty once every message is in a batch. */
  messages: readonly MessageToProduce[]
  readonly settings: OperationSettings
  readonly count: number
  settled = false
  /** Some of it is in the log already, or may be. */
  mayBeWritten = false
  /** What must be undone when the call ends. */
  onEnd: (() => void) | null = null
  #hasReturned = false
  #skipped: Set<number> | null = null
  /** Messages without an outcome. */
  #unsettled: number
  readonly #callback: Callback<ProduceResult>
  readonly #places: Place[] = []
  #failures: ProduceFailure[] | null = null
  readonly #timestamps: number[] | null
  readonly #records: ProducedRecord[] | null

  constructor(
    number: number,
    messages: readonly MessageToProduce[],
    settings: OperationSettings,
    callback: Callback<ProduceResult>
  ) {
    this.number = number
    this.messages = messages
    this.settings = settings
    this.count = messages.length
    this.#unsettled = messages.length
    this.#callback = callback
    this.#timestamps = settings.records ? [] : null
    this.#records = settings.records ? [] : null
  }

  get deadlineMs(): number {
    return this.settings.startedMs + this.settings.profile.deliveryTimeoutMs
  }

  /** The call writes to this partition: the order of these calls is the order of the result. */
  writesTo(topic: string, partition: number): void {
    if (this.#place(topic, partition) === undefined) this.#places.push({ topic, partition, offset: null })
  }

  #place(topic: string, partition: number): Place | undefined {
    for (const place of this.#places) if (place.partition === partition && place.topic === topic) return place
    return undefined
  }

  noteTimestamp(index: number, timestamp: number): void {
    if (this.#timestamps !== null) this.#timestamps[index] = timestamp
  }

  /** The records `indexes[from]` to before `indexes[to]` of the call are in the log, at `baseOffset` plus their place in the batch. */
  delivered(
    topic: string,
    partition: number,
    indexes: readonly number[],
    from: number,
    to: number,
    baseOffset: bigint,
    appendTimeMs: bigint
  ): void {
    if (this.settled) return
    this.mayBeWritten = true
    const place = this.#place(topic, partition)
    if (place !== undefined && place.offset === null) place.offset = offsetAt(baseOffset, from)
    if (this.#records !== null) {
      for (let i = from; i < to; i++)
        this.#deliverRecord(topic, partition, indexes[i]!, offsetAt(baseOffset, i), appendTimeMs)
    }
    this.#count(to - from)
  }

  #deliverRecord(topic: string, partition: number, index: number, offset: bigint, appendTimeMs: bigint): void {
    const timestamp = appendTimeMs >= 0n ? appendTimeMs : BigInt(this.#timestamps![index]!)
    this.#records![index] = { topic, partition, offset, timestamp }
  }

  failed(index: number, topic: string, partition: number | null, error: KafkaError): void {
    if (this.settled) return
    const outcome = error.outcome ?? 'not-persisted'
    if (outcome === 'unknown') this.mayBeWritten = true
    this.#failures ??= []
    this.#failures.push({ index, topic, partition, outcome, error })
    this.#count(1)
  }

  /** The whole call ends, whatever becomes of its records. `why` is asked when none of them can be told any more. */
  refuse(why: () => KafkaError): void {
    if (this.settled) return
    this.#end()
    this.#call(why(), undefined)
  }

  /** The call that made this has returned: from now on the outcome may be told at once. */
  returned(): void {
    this.#hasReturned = true
  }

  #call(...outcome: Outcome<ProduceResult>): void {
    if (this.#hasReturned) this.#callback(...outcome)
    else this.settings.soon(() => this.#callback(...outcome))
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
    this.#unsettled -= records
    if (this.#unsettled > 0) return
    this.#end()
    if (this.#failures === null) this.#call(null, this.#result())
    else this.#call(this.#error(this.#failures), undefined)
  }

  #end(): void {
    this.settled = true
    this.messages = []
    this.settings.onSettled(this)
  }

  #result(): ProduceResult {
    const offsets: ProducedOffset[] = []
    // Those of failed messages are holes.
    const records = this.#records === null ? {} : { records: this.#records.filter(() => true) }
    if (this.settings.profile.acks === 0)
      return { offsets, unwritableNodes: this.settings.unwritableNodes(), ...records }
    for (const { topic, partition, offset } of this.#places)
      if (offset !== null) offsets.push({ topic, partition, offset })
    return this.#records === null ? { offsets } : { offsets, ...records }
  }

  #error(failures: ProduceFailure[]): ProduceError<ProduceResult> {
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

function offsetAt(baseOffset: bigint, place: number): bigint {
  if (baseOffset < 0n) return -1n
  return place === 0 ? baseOffset : baseOffset + BigInt(place)
}
