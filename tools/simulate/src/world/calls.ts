// The application: calls the producer and writes down what it is told.
import {
  isKafkaError,
  type KafkaError,
  type Producer,
  type ProducerMessage,
  type ProduceResult,
  type SendOptions
} from '@sluice/producer'
import type { CallRecord, OtherCall, SentRecord } from '../run-record.ts'
import type { ClientEvent, Flaw, MessagePlan, ProducerPlan } from '../story.ts'
import { valueOf } from '../wire/naming.ts'
import type { Application } from './application.ts'
import type { ClientLoop } from './client-loop.ts'

export type TextProducer = Producer<string, string, string, string>
type SendEvent = Extract<ClientEvent, { kind: 'send' }>

export interface CallsParts {
  readonly loop: ClientLoop
  readonly producer: TextProducer
  readonly application: Application
  readonly plan: ProducerPlan
}

export class Calls {
  readonly records: SentRecord[] = []
  readonly calls: CallRecord[] = []
  readonly others: OtherCall[] = []
  mostQueuedBytes = 0
  readonly #parts: CallsParts
  readonly #aborts = new Map<number, AbortController>()
  #settled = 0

  constructor(parts: CallsParts) {
    this.#parts = parts
  }

  get unsettled(): number {
    return this.calls.length - this.#settled + this.others.filter(each => each.settledMs < 0).length
  }

  send(event: SendEvent): CallRecord {
    const { loop, producer, plan, application } = this.#parts
    const acks = event.options?.acks ?? plan.acks ?? -1
    const call: CallRecord & { returned: boolean } = {
      call: event.call,
      acks,
      idempotent: event.options?.idempotent ?? (acks === -1 && plan.idempotent !== false),
      startedMs: loop.monotonicMs(),
      startedEpochMs: loop.epochMs(),
      settledEpochMs: Infinity,
      blockedAtStartMs: loop.blockedMs,
      deliveryTimeoutMs: event.options?.deliveryTimeout ?? plan.deliveryTimeout ?? 120_000,
      records: [],
      returned: false,
      aborted: false,
      settledMs: -1,
      blockedMs: 0,
      settleOrder: -1,
      settlements: 0,
      error: null,
      early: false
    }
    this.calls.push(call)
    const messages = event.messages.map(message => this.#message(call, message))
    const controller = new AbortController()
    this.#aborts.set(event.call, controller)
    const { producerId, partitioner, ...plain } = event.options ?? {}
    const own = {
      ...(producerId === undefined ? {} : { producerId: BigInt(producerId) }),
      ...(partitioner === undefined ? {} : { partitioner: application.partitionerNamed(partitioner) })
    }
    const options = { messages, signal: controller.signal, records: true, ...plain, ...own }
    producer.send(options as SendOptions<string, string, string, string>, (error, result) => {
      this.#settle(call, error, result)
      for (const deed of event.inCallback ?? []) application.act(deed)
      return application.endCallback(call.call)
    })
    call.returned = true
    this.sample()
    return call
  }

  #message(call: CallRecord, plan: MessagePlan): ProducerMessage<string, string, string, string> {
    const number = this.records.length
    const wanted = plan.partition ?? -1
    const value = valueOf({ number, topic: plan.topic, partition: wanted }, plan.bytes ?? 0)
    const timestamp = plan.timestamp === undefined ? null : this.#parts.loop.epochMs() + plan.timestamp
    const record: SentRecord = {
      number,
      call,
      topic: plan.topic,
      wanted,
      key: plan.key ?? null,
      bytes: value.length,
      wantedBytes: plan.bytes ?? 0,
      odd: plan.odd ?? null,
      headers: plan.headers ?? 0,
      timestamp,
      isFlawed: plan.flaw !== undefined || plan.throwing !== undefined,
      fate: null,
      partition: -1,
      offset: -1,
      toldTimestamp: -1,
      error: null
    }
    this.records.push(record)
    call.records.push(record)
    const headers = headersOf(plan, number)
    const named = plan.odd === undefined ? { value } : { key: value, value: plan.odd === 'null' ? null : '' }
    const message = {
      topic: plan.topic,
      ...(timestamp === null ? {} : { timestamp }),
      ...(plan.partition === undefined ? {} : { partition: plan.partition }),
      ...(plan.key === undefined ? {} : { key: plan.key }),
      ...(headers === null ? {} : { headers }),
      ...named
    }
    if (plan.throwing !== undefined) return this.#parts.application.throwingMessage(message, plan.throwing)
    return plan.flaw === undefined ? message : { ...message, ...flaws[plan.flaw] }
  }

  #settle(call: CallRecord, error: Error | null, result: ProduceResult | undefined): void {
    call.settlements++
    if (call.settlements > 1) return
    call.early = !call.returned
    call.settledMs = this.#parts.loop.monotonicMs()
    call.settledEpochMs = this.#parts.loop.epochMs()
    call.blockedMs = this.#parts.loop.blockedMs - call.blockedAtStartMs
    call.settleOrder = this.#settled++
    this.sample()
    if (error === null) return this.#acknowledge(call, call.records, result!)
    if (!isKafkaError(error)) throw error
    call.error = error
    if (isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) {
      const failed = new Set(error.failures.map(failure => failure.index))
      const rest = call.records.filter((_, index) => !failed.has(index))
      this.#acknowledge(call, rest, error.produced)
      for (const failure of error.failures) fail(call.records[failure.index], failure.error, failure.outcome)
      return
    }
    for (const record of call.records) fail(record, error, error.outcome)
  }

  /** The result has one place for each of these records, in order. */
  #acknowledge(call: CallRecord, records: readonly SentRecord[], result: ProduceResult): void {
    for (const [index, place] of (result.records ?? []).entries()) {
      const record = records[index]
      if (record === undefined) continue
      record.fate = 'acked'
      record.partition = place.partition
      record.offset = Number(place.offset)
      record.toldTimestamp = Number(place.timestamp)
    }
    // Without acknowledgement there are no places to tell.
    if (call.acks === 0) for (const record of records) record.fate = 'acked'
  }

  abort(call: number): boolean {
    const record = this.calls.find(each => each.call === call)
    if (record === undefined || record.settledMs >= 0) return false
    record.aborted = true
    this.#aborts.get(call)?.abort()
    return true
  }

  flush(): void {
    const { producer, plan } = this.#parts
    const other = this.#other('flush', longestDeadlineMs(this.calls, plan))
    producer.flush(error => this.#done(other, error))
  }

  close(timeout: number | undefined): OtherCall {
    const { producer } = this.#parts
    const open = this.calls.filter(call => call.settledMs < 0).map(call => call.deliveryTimeoutMs)
    const other = this.#other('close', timeout ?? Math.max(0, ...open))
    producer.close(timeout === undefined ? {} : { timeout }, error => this.#done(other, error))
    return other
  }

  reset(topic: string, partition: number | undefined): void {
    const other = this.#other('reset', 0)
    const which = partition === undefined ? { topic } : { topic, partition }
    this.#parts.producer.reset(which, error => this.#done(other, error))
  }

  init(): void {
    const other = this.#other('init', this.#parts.plan.deliveryTimeout ?? 120_000)
    this.#parts.producer.initIdempotentProducer({}, error => this.#done(other, error))
  }

  drained(): void {
    const { metadataMaxAge = 300_000, deliveryTimeout = 120_000 } = this.#parts.plan
    // Where the connection of a busy node is lost, the next one is made when metadata tells of the node.
    const other = this.#other('drained', metadataMaxAge + deliveryTimeout)
    this.#parts.producer.drained(error => this.#done(other, error))
  }

  partitionsFor(topic: string): void {
    const other = this.#other('partitions-for', this.#parts.plan.bufferTimeout ?? 60_000)
    this.#parts.producer.partitionsFor(topic, error => this.#done(other, error))
  }

  #other(kind: OtherCall['kind'], limitMs: number): OtherCall {
    const { loop } = this.#parts
    const other: OtherCall = {
      kind,
      startedMs: loop.monotonicMs(),
      limitMs,
      pending: this.calls.filter(call => call.settledMs < 0),
      settledMs: -1,
      blockedMs: 0,
      blockedAtStartMs: loop.blockedMs,
      error: null,
      left: 0
    }
    this.others.push(other)
    return other
  }

  #done(other: OtherCall, error: Error | null): void {
    other.settledMs = this.#parts.loop.monotonicMs()
    other.blockedMs = this.#parts.loop.blockedMs - other.blockedAtStartMs
    other.left = other.pending.filter(call => call.settledMs < 0).length
    if (isKafkaError(error)) other.error = error
  }

  /** Looks at the memory in use. */
  sample(): void {
    this.mostQueuedBytes = Math.max(this.mostQueuedBytes, this.#parts.producer.stats().queuedBytes)
  }
}

type Headers = NonNullable<ProducerMessage<string, string, string, string>['headers']>

function headersOf({ headers = 0, headersAs }: MessagePlan, number: number): Headers | null {
  if (headers === 0) return null
  // One of them has no value.
  const pairs = Array.from({ length: headers }, (_, i) => [`h${i}`, i === 1 ? null : `${number}`] as const)
  if (headersAs === 'map') return new Map(pairs)
  return headersAs === 'object' ? Object.fromEntries(pairs) : pairs
}

const flaws: Readonly<Record<Flaw, object>> = {
  value: { value: undefined },
  topic: { topic: 7 },
  timestamp: { timestamp: -1 },
  headers: { headers: 'none' },
  header: { headers: [['name', undefined]] },
  'header-name': { headers: [[null, 'value']] },
  partition: { partition: 1.5 }
}

/** A flush lasts as long as the longest of what it waits for. */
function longestDeadlineMs(calls: readonly CallRecord[], plan: ProducerPlan): number {
  const open = calls.filter(call => call.settledMs < 0)
  return Math.max(plan.deliveryTimeout ?? 120_000, ...open.map(call => call.deliveryTimeoutMs))
}

function fail(record: SentRecord | undefined, error: KafkaError, outcome: KafkaError['outcome']): void {
  if (record === undefined) return
  // A record that is told twice is told apart by the check of settlements.
  record.fate = outcome ?? null
  record.error = error
}
