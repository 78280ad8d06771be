// Produces messages to a Kafka cluster: send, flush, close. No logic of its own.
import { Base, type BrokerEvent, type Connection, type UserCallback } from '@sluice/base'
import { dual, userCallback } from '@sluice/base/parts'
import {
  ClosedError,
  InvalidArgumentError,
  tellAll,
  type Callback,
  type KafkaError,
  type MessageToProduce,
  type ProduceResult
} from '@sluice/core'
import type { CallOptions } from './call-options.ts'
import { checkCloseOptions, closeProducer, type CloseOptions } from './close.ts'
import { composeProducer, type ProducerParts } from './compose.ts'
import type { ProducerOptions } from './options.ts'
import {
  askPartitions,
  resetPartitions,
  type PartitionDescription,
  type PartitionsToReset
} from './partition-questions.ts'
import type { Identity } from './profile.ts'
import { producerStats, type ProducerStats } from './stats.ts'
import { DrainWaits } from './when-drained.ts'
import type { ProducerEvents } from './events.ts'

/**
 * What a slot takes: a slot without a serializer takes bytes and strings.
 *
 * The question about `never` is for those who write `class Bus<V>` around a producer: while V is open, the compiler takes a V here
 * only if every branch does that it cannot rule out. It rules the first one out, for with anything at all as V the answer is true.
 */
export type Slot<T> =
  IsNever<T> extends false ? ([T] extends [Buffer] ? ([Buffer] extends [T] ? Uint8Array | string : T) : T) : T
type IsNever<T> = [T] extends [never] ? true : false

export type ProducerMessage<Key = Buffer, Value = Buffer, HeaderKey = Buffer, HeaderValue = Buffer> = MessageToProduce<
  Slot<Key>,
  Slot<Value>,
  Slot<HeaderKey>,
  Slot<HeaderValue>
>

export interface SendOptions<Key = Buffer, Value = Buffer, HeaderKey = Buffer, HeaderValue = Buffer>
  extends
    CallOptions,
    Partial<Omit<ProducerOptions<Key, Value, HeaderKey, HeaderValue>, keyof CallOptions | 'serializers'>> {
  readonly messages: readonly ProducerMessage<Key, Value, HeaderKey, HeaderValue>[]
}

export type InitIdempotentProducerOptions = Omit<SendOptions, 'messages'>

/** What a send without acknowledgement gives. */
export type UnacknowledgedResult = ProduceResult & { readonly unwritableNodes: number[] }

// What settles the promise that is being made, from its executor to the next line. An executor of its own for each call would
// be a closure and its context to allocate, a tenth of all that a call takes.
const nobody = (): void => {}
let resolveLast: (result: ProduceResult) => void = nobody
let rejectLast: (error: KafkaError) => void = nobody
const capture = (resolve: typeof resolveLast, reject: typeof rejectLast): void => {
  resolveLast = resolve
  rejectLast = reject
}

/**
 * Every asynchronous method has two forms: with a callback as last argument it calls that `(error | null, result?)`,
 * without one it returns a promise. Outcomes, bad arguments included, arrive once and never before the call has returned.
 */
export class Producer<
  Key = Buffer,
  Value = Buffer,
  HeaderKey = Buffer,
  HeaderValue = Buffer
> extends Base<ProducerEvents> {
  readonly #parts: ProducerParts
  readonly #drainWaits: DrainWaits
  #closing = false

  /** @throws InvalidArgumentError naming the option */
  constructor(options: ProducerOptions<Key, Value, HeaderKey, HeaderValue>) {
    const parts = composeProducer(options)
    super(options, parts.base)
    this.#parts = parts
    this.#drainWaits = new DrainWaits({
      client: this,
      metadata: parts.base.metadata,
      unwritableNodes: parts.sender.unwritableNodes
    })
    parts.listener.onDrain = () => this.#tell('producer:drain')
    parts.listener.onDataLoss = loss => this.#tell('producer:dataloss', loss)
    parts.listener.onFallback = error => this.#tell('producer:fallback', { error })
    parts.listener.onSuccessor = connection => this.#tell('client:broker:drain', brokerEvent(connection))
  }

  #tell<Name extends keyof ProducerEvents>(name: Name, ...event: ProducerEvents[Name]): void {
    tellAll(this, name, event)
  }

  override get closed(): boolean {
    return this.#closing || super.closed
  }

  /** The identity in use; undefined until one is held. */
  get producerId(): bigint | undefined {
    return this.#identity?.producerId
  }

  get producerEpoch(): number | undefined {
    return this.#identity?.producerEpoch
  }

  get #identity(): Identity | null {
    return this.#parts.settings.profile.identity ?? this.#parts.identity.held
  }

  /**
   * Sends messages. Those of one partition are written in the order given, and after those of earlier calls. They, and the
   * bytes they refer to, must not be changed until the call settles.
   *
   * With a callback it returns false when the caller should wait for `producer:drain`; with a promise, awaiting is the
   * back-pressure.
   *
   * @throws (as the outcome) ProduceError if any message failed; InvalidArgumentError, ClosedError or BufferFullError if the call
   * was refused; AbortedError, whose `outcome` says how far it came
   */
  send(options: SendOptions<Key, Value, HeaderKey, HeaderValue> & { readonly acks: 0 }): Promise<UnacknowledgedResult>
  send(options: SendOptions<Key, Value, HeaderKey, HeaderValue>): Promise<ProduceResult>
  send(
    options: SendOptions<Key, Value, HeaderKey, HeaderValue> & { readonly acks: 0 },
    callback: UserCallback<UnacknowledgedResult>
  ): boolean
  send(options: SendOptions<Key, Value, HeaderKey, HeaderValue>, callback: UserCallback<ProduceResult>): boolean
  send(
    options: SendOptions<Key, Value, HeaderKey, HeaderValue>,
    callback?: UserCallback<UnacknowledgedResult> | UserCallback<ProduceResult>
  ): Promise<ProduceResult> | boolean {
    const { calls } = this.#parts
    if (callback === undefined) {
      const promise = new Promise<ProduceResult>(capture)
      calls.send(options, resolveLast, rejectLast)
      resolveLast = rejectLast = nobody
      return promise
    }
    if (typeof callback !== 'function')
      return Promise.reject(new InvalidArgumentError('The callback must be a function', { outcome: 'not-persisted' }))
    // The overloads tie the narrower callback to acks 0, for which the result has what it wants.
    const [resolve, reject] = settlers(userCallback(callback as UserCallback<ProduceResult>))
    return calls.send(options, resolve, reject)
  }

  /** Settles when every `send` made before is settled, those that wait included, whatever their outcomes. Ends linger. Never fails. */
  flush(): Promise<void>
  flush(callback: UserCallback<void>): void
  flush(callback?: UserCallback<void>): Promise<void> | void {
    return dual(callback, done => this.#parts.calls.flush(() => done(null, undefined)))
  }

  /**
   * Refuses new sends with ClosedError, flushes, closes the connections that it owns. Without `timeout` it waits for what is left, at
   * most until its deadlines; at the bound what was never handed over fails `not-persisted`, the rest `unknown`. A second call joins
   * the first, and may set a bound.
   *
   * @throws (as the outcome) InvalidArgumentError
   */
  override close(options?: CloseOptions): Promise<void>
  override close(callback: UserCallback<void>): void
  override close(options: CloseOptions, callback: UserCallback<void>): void
  override close(options: CloseOptions | UserCallback<void> = {}, callback?: UserCallback<void>): Promise<void> | void {
    if (typeof options === 'function') return this.close({}, options)
    return dual(callback, done => this.#close(options, done))
  }

  #close(options: CloseOptions, done: Callback<void>): void {
    checkCloseOptions(options)
    const wasClosing = this.#closing
    this.#closing = true
    if (wasClosing && options.force !== true && options.timeout === undefined) return this.#closeBase(done)
    closeProducer(this.#parts, options, () => this.#closeBase(done))
  }

  #closeBase(done: Callback<void>): void {
    this.#parts.calls.flush(() => {
      this.#parts.stop()
      super.close((error: KafkaError | null) => (error === null ? done(null, undefined) : done(error, undefined)))
    })
  }

  /**
   * Asks for a producer id, a new one each time. Each partition takes it when nothing of its own is in flight. Optional: the first
   * `send` that needs one asks for it. The options are checked as those of a `send` are, and change nothing.
   *
   * @throws (as the outcome) InvalidArgumentError, also if the producer was made with a `producerId`; BrokerError if the broker
   * gives none; TimeoutError after `deliveryTimeout`; ClosedError
   */
  initIdempotentProducer(options?: InitIdempotentProducerOptions): Promise<Identity>
  initIdempotentProducer(callback: UserCallback<Identity>): void
  initIdempotentProducer(options: InitIdempotentProducerOptions, callback: UserCallback<Identity>): void
  initIdempotentProducer(
    options: InitIdempotentProducerOptions | UserCallback<Identity> = {},
    callback?: UserCallback<Identity>
  ): Promise<Identity> | void {
    if (typeof options === 'function') return this.initIdempotentProducer({}, options)
    return dual(callback, done => {
      this.#parts.options.checkForIdentity(options)
      if (super.closed) return done(new ClosedError('The producer is closed'), undefined)
      this.#parts.identity.renew(done)
    })
  }

  /**
   * Settles when the connections that carry messages to these nodes, by default to all, take requests; at once if they do. Nodes
   * that have left the cluster are not waited for. Of a closed producer no connection is busy: at once, as `flush`.
   *
   * @throws (as the outcome) InvalidArgumentError; ClosedError when the producer is closed while this waits
   */
  drained(nodeIds?: readonly number[]): Promise<void>
  drained(callback: UserCallback<void>): void
  drained(nodeIds: readonly number[], callback: UserCallback<void>): void
  drained(nodeIds?: readonly number[] | UserCallback<void>, callback?: UserCallback<void>): Promise<void> | void {
    if (typeof nodeIds === 'function') return dual(nodeIds, done => this.#drainWaits.add(null, done))
    return dual(callback, done => this.#drainWaits.add(nodeIds ?? null, done))
  }

  /**
   * A topic's partitions, in order.
   *
   * @throws (as the outcome) InvalidArgumentError, UnknownTopicError, ClosedError; TimeoutError after `bufferTimeout`
   */
  partitionsFor(topic: string): Promise<PartitionDescription[]>
  partitionsFor(topic: string, callback: UserCallback<PartitionDescription[]>): void
  partitionsFor(
    topic: string,
    callback?: UserCallback<PartitionDescription[]>
  ): Promise<PartitionDescription[]> | void {
    return dual(callback, done => {
      if (super.closed) return done(new ClosedError('The producer is closed'), undefined)
      askPartitions(this.#parts, topic, done)
    })
  }

  /** Numbers of this moment. */
  stats(): ProducerStats {
    return producerStats(this.#parts)
  }

  /**
   * Accepts the new state of a partition, or of all of a topic, that a policy stopped. Until then sends there fail with FencedError.
   *
   * @throws (as the outcome) InvalidArgumentError, also for a topic that nothing was sent to and a partition that it does not have
   */
  reset(which: PartitionsToReset): Promise<void>
  reset(which: PartitionsToReset, callback: UserCallback<void>): void
  reset(which: PartitionsToReset, callback?: UserCallback<void>): Promise<void> | void {
    return dual(callback, done => {
      resetPartitions(this.#parts, which)
      done(null, undefined)
    })
  }
}

function brokerEvent(connection: Connection): BrokerEvent {
  const { host, port, nodeId } = connection.address
  return { broker: { host, port, nodeId: nodeId ?? null }, connection }
}

/** Made here, where they can hold nothing but the callback: what else a function's closures use, each of them keeps. */
function settlers(
  done: Callback<ProduceResult>
): [resolve: (result: ProduceResult) => void, reject: (error: KafkaError) => void] {
  return [result => done(null, result), error => done(error, undefined)]
}
