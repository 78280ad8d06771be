// The wiring diagram of a producer: its parts, made in order.
import { ClosedError, type Clock, type KafkaError } from '@sluice/core'
import { baseOptionTable, composeBase, type BaseParts, type BaseSettings } from '@sluice/base/parts'
import type { BrokerThrottleEvent, Connection } from '@sluice/base'
import { Accumulator } from './accumulator.ts'
import { Admission } from './admission.ts'
import { Alarm } from './alarm.ts'
import { BufferPool, UnpooledMemory } from './buffer-pool.ts'
import { CallOptionReader, topicPartitioner } from './call-options.ts'
import { ProducerCounters } from './counters.ts'
import { MemoryBudget } from './memory-budget.ts'
import {
  clientDefaults,
  deliveryTimes,
  producerOptionTable,
  producerSettings,
  type ProducerOptions,
  type ProducerSettings
} from './options.ts'
import { defaultPartitioner } from './partitioners/index.ts'
import { Placement } from './placement.ts'
import { ProduceCalls } from './produce-calls.ts'
import { ProducerIdentity } from './producer-identity.ts'
import { Recall } from './recall.ts'
import { RecordEncoder } from './record-encoder.ts'
import type { DataLoss } from './outcomes.ts'
import { Sender } from './sender.ts'
import { TopicGate } from './topic-gate.ts'
import { TurnTime } from './turn-time.ts'

export interface ProducerParts {
  readonly base: BaseParts
  readonly settings: ProducerSettings
  readonly calls: ProduceCalls
  readonly identity: ProducerIdentity
  readonly admission: Admission
  readonly accumulator: Accumulator
  readonly budget: MemoryBudget
  readonly sender: Sender
  readonly gate: TopicGate
  readonly counters: ProducerCounters
  readonly options: CallOptionReader
  /** Whom the parts tell; the producer takes its place. */
  readonly listener: ProducerListener
  /** Nothing is asked, timed or heard any more. */
  stop(): void
}

/** The cold edges: what becomes an event of the producer. */
export interface ProducerListener {
  onDrain: () => void
  onDataLoss: (loss: DataLoss) => void
  onFallback: (error: KafkaError) => void
  onSuccessor: (connection: Connection) => void
}

type AnyOptions = ProducerOptions<never, never, never, never>

/** @throws InvalidArgumentError */
export function composeProducer(given: AnyOptions): ProducerParts {
  const options = readOnce(given)
  const base = composeBase(withRequestTimeout(options), producerOptionTable)
  const { clock, observer, metadata, connections, requests, random } = base
  const { retryDelay, requestTimeoutMs } = base.settings
  const settings = settingsOf(options, base)
  const { serializers, batchBytes, maxRequestBytes, lingerMs, retryUncertain, rules } = settings
  const listener: ProducerListener = { onDrain() {}, onDataLoss() {}, onFallback() {}, onSuccessor() {} }
  const counters = new ProducerCounters()

  const resume = oncePerTurn(clock, () => admission.resume())
  const budget = new MemoryBudget(settings.bufferMemoryBytes, () => {
    if (admission.starved) resume()
    calls.offerDrain()
  })
  const memory = new BufferPool(budget, settings.bufferMemoryBytes)
  const spareMemory = new UnpooledMemory(budget)
  const alarm = new Alarm(clock, nowMs => {
    const nextMs = Math.min(sender.expire(nowMs), admission.expire(nowMs))
    if (Number.isFinite(nextMs)) alarm.by(nextMs)
  })
  const accumulator = new Accumulator(memory, budget, { batchBytes, lingerMs }, (partition, batch) => {
    alarm.by(batch.deadlineMs)
    sender.wake(partition)
  })
  const standard = defaultPartitioner({ random, batchSize: batchBytes })
  const gate = new TopicGate({
    metadata,
    serializers,
    partitionerFor: settings.partitioner === null ? null : topic => topicPartitioner(settings.partitioner!, topic),
    fallbackFor: topic => standard.forTopic(topic),
    onRefused: (topic, error) => admission.failParked(topic, error),
    onRecreated: topic => sender.onRecreated(topic)
  })
  const identity = new ProducerIdentity(
    {
      clock,
      requests,
      retryDelay,
      onHeld: () => sender.wakeAll(),
      onRefused: error => sender.failUnsequenced(error),
      onFallback: error => listener.onFallback(error)
    },
    { askTimeoutMs: settings.profile.deliveryTimeoutMs, required: settings.profile.idempotenceRequired }
  )
  const sender: Sender = new Sender(
    {
      clock,
      observer,
      metadata,
      connections,
      identity,
      accumulator,
      memory: spareMemory,
      alarm,
      counters,
      retryDelay,
      hasWaiting: () => admission.starved,
      onDataLoss: loss => listener.onDataLoss(loss),
      onGone: (topic, error) => admission.failParked(topic, error),
      onSuccessor: connection => listener.onSuccessor(connection)
    },
    { maxRequestBytes, requestTimeoutMs, lingerMs, retryUncertain, rules }
  )
  const placement = new Placement(
    { encoder: new RecordEncoder(serializers), accumulator, onSealed: partition => sender.wake(partition) },
    { maxRecordBatchBytes: maxRequestBytes }
  )
  const admission: Admission = new Admission({
    clock,
    gate,
    placement,
    budget,
    onStarved: () => sender.wakeAll(),
    onDeadline: atMs => alarm.by(atMs),
    onAdmitted: () => calls.offerDrain(),
    onLeft: () => {
      if (admission.starved) resume()
    }
  })
  const callOptions = new CallOptionReader({
    settings,
    autocreateTopics: base.settings.autocreateTopics,
    strict: base.settings.strict,
    requestTimeoutMs,
    given: { ...clientDefaults, ...poolFacts(base.settings), ...withoutUndefined(options) },
    table: { ...baseOptionTable, ...producerOptionTable }
  })
  const calls: ProduceCalls = new ProduceCalls({
    clock,
    turn: new TurnTime(clock, () => sender.scheduled),
    options: callOptions,
    admission,
    budget,
    sender,
    recall: new Recall({ clock, admission, accumulator, sender, counters, memory: spareMemory }),
    onUnsettled: isAny => {
      alarm.keepAlive(isAny)
      if (isAny) identity.wake()
      else identity.rest()
    },
    counters,
    interceptors: settings.interceptors,
    serializers,
    maxWaiting: settings.maxWaiting,
    heldIdentity: () => identity.held,
    onDrain: () => listener.onDrain()
  })
  const onThrottle = ({ throttleMs }: BrokerThrottleEvent): void => {
    counters.throttledMs += throttleMs
  }
  connections.on('throttle', onThrottle)
  const unwatch = metadata.onChange(snapshot => {
    sender.onSnapshot(snapshot, gate.topics())
  })
  const release = metadata.retain(gate)
  const stop = (): void => {
    unwatch()
    release()
    connections.off('throttle', onThrottle)
    // Nobody waits for what is left: records of aborted calls, which had been sealed. Their memory goes back.
    sender.abandonAll(new ClosedError('The producer was closed'))
    sender.stop()
    alarm.cancel()
    identity.close()
    gate.close()
  }
  return {
    base,
    settings,
    calls,
    identity,
    admission,
    accumulator,
    budget,
    sender,
    gate,
    counters,
    options: callOptions,
    listener,
    stop
  }
}

/** Each option as it is now, also one that a class gives by an accessor, or that is inherited: what is judged is what is used. */
function readOnce(given: AnyOptions): AnyOptions {
  if (typeof given !== 'object' || given === null) return given
  const known = [...Object.keys(baseOptionTable), ...Object.keys(producerOptionTable)]
  const read: Partial<AnyOptions> = {}
  for (const name of new Set([...Object.keys(given), ...known])) {
    const value: unknown = Reflect.get(given, name)
    if (value !== undefined) Reflect.set(read, name, value)
  }
  // What it lacks was not given.
  return read as AnyOptions
}

/** @throws InvalidArgumentError; then nothing listens to a pool that was given */
function settingsOf(options: AnyOptions, base: BaseParts): ProducerSettings {
  try {
    return producerSettings(options, base.settings)
  } catch (cause) {
    base.stop()
    throw cause
  }
}

/** A short deliveryTimeout bounds the requestTimeout that nobody chose. */
function withRequestTimeout(options: AnyOptions): AnyOptions {
  if (typeof options !== 'object' || options === null) return options
  const { linger = 0, deliveryTimeout, requestTimeout, connections } = options
  if (deliveryTimeout === undefined || requestTimeout !== undefined || connections !== undefined) return options
  const areTimes =
    producerOptionTable.linger.holds(linger) && producerOptionTable.deliveryTimeout.holds(deliveryTimeout)
  return areTimes ? { ...options, requestTimeout: deliveryTimes(options).requestTimeout } : options
}

/** As the options call it: what a pool, or a short deliveryTimeout, decided in place of an option of the client. */
function poolFacts({ clientId, requestTimeoutMs, connectTimeoutMs, maxInflights }: BaseSettings): object {
  return { clientId, requestTimeout: requestTimeoutMs, connectTimeout: connectTimeoutMs, maxInflights }
}

/** However often it is called, the task runs once, when the turn is over. */
function oncePerTurn(clock: Clock, task: () => void): () => void {
  let isScheduled = false
  return () => {
    if (isScheduled) return
    isScheduled = true
    clock.soon(() => {
      isScheduled = false
      task()
    })
  }
}

/** An explicit undefined is the same as an absent option. */
function withoutUndefined(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
