// What an observer may be told. Every method is optional and synchronous; an event object is built only when its method exists.
import type { KafkaError } from './errors.ts'
import { surface } from './surface.ts'
import type { BrokerAddress } from './transport.ts'
import type { MessageToProduce } from './message.ts'

export type ConnectionState = 'connecting' | 'negotiating' | 'authenticating' | 'ready' | 'draining' | 'closed'

/** Times are in milliseconds of the monotonic clock. */
export interface ConnectionObservation {
  readonly broker: BrokerAddress
  /** The one that has begun. */
  readonly state: ConnectionState
  /** Since the attempt to connect began. */
  readonly elapsedMs: number
  /** With `closed`: why. Absent where it was closed in good order. */
  readonly error?: KafkaError | undefined
}
export interface RequestObservation {
  readonly broker: BrokerAddress
  /** As Kafka calls it, such as `Produce`. */
  readonly api: string
  readonly version: number
  /** On the wire, the four bytes of the length in front included. */
  readonly bytes: number
}
export interface ResponseObservation {
  readonly broker: BrokerAddress
  readonly api: string
  /** From when the request took its place on the connection, encoded, until its answer or its loss. */
  readonly latencyMs: number
  /** How long the broker wants silence; 0: not at all. */
  readonly throttleMs: number
  /** The connection ended before an answer came that can be used: what the sender of the request was told. */
  readonly error?: KafkaError | undefined
}
export interface MetadataObservation {
  /** How many are known now, whatever the answer was about. */
  readonly topics: number
  readonly brokers: number
  /** Since the question was begun: connecting, and brokers that did not answer, included. */
  readonly elapsedMs: number
}
export interface BatchObservation {
  readonly topic: string
  readonly partition: number
  readonly records: number
  /** Uncompressed, header included. */
  readonly bytes: number
  /** As sent, header included. */
  readonly wireBytes: number
  /** The codec's name; `none` where it is sent uncompressed. */
  readonly codec: string
  /** Since the `send` call that the batch was begun for. */
  readonly queuedMs: number
}
export interface RetryObservation {
  readonly topic: string
  readonly partition: number
  /** How often the batch was sent so far. */
  readonly attempt: number
  /** How long it is kept back at least. */
  readonly delayMs: number
  /** Why it is sent again. */
  readonly error: KafkaError
}
export interface OutcomeObservation {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly outcome: 'acked' | 'not-persisted' | 'unknown'
  /** How often the batch was sent; 0: never. */
  readonly attempts: number
  /** Since the `send` call that the batch was begun for. */
  readonly elapsedMs: number
  /** Absent when `acked`. */
  readonly error?: KafkaError | undefined
}

export interface Observer {
  /** A connection has entered another state. */
  onConnection?(event: ConnectionObservation): void
  /** A request is about to be handed to the socket. */
  onRequest?(event: RequestObservation): void
  /** Once for each `onRequest` that has an answer to wait for: it has come, or will not come any more. */
  onResponse?(event: ResponseObservation): void
  /** An answer to Metadata was taken over. */
  onMetadata?(event: MetadataObservation): void
  /** A batch is about to be sent for the first time. */
  onBatch?(event: BatchObservation): void
  /** A batch that was sent will be sent again. */
  onRetry?(event: RetryObservation): void
  /** A batch has come to its end. */
  onOutcome?(event: OutcomeObservation): void
}

/** Sees each message before the serializers do. */
export interface Interceptor<Key = unknown, Value = unknown, HeaderKey = unknown, HeaderValue = unknown> {
  /** Returns the message to send instead, synchronously. A throw fails that message; with `strict` its call. */
  onSend(
    message: MessageToProduce<Key, Value, HeaderKey, HeaderValue>
  ): MessageToProduce<Key, Value, HeaderKey, HeaderValue>
}

export const silentObserver: Observer = {}

type ObserverMethod = keyof Observer

export const observerMethods: readonly ObserverMethod[] = [
  'onConnection',
  'onRequest',
  'onResponse',
  'onMetadata',
  'onBatch',
  'onRetry',
  'onOutcome'
]

/** One observer that tells all; a method exists only if one of them has it. What any of them throws surfaces as uncaught. */
export function combineObservers(observers: readonly Observer[]): Observer {
  if (observers.length === 0) return silentObserver
  const combined: { [Method in ObserverMethod]?: (event: never) => void } = {}
  for (const method of observerMethods) {
    const told = observers.filter(observer => observer[method] !== undefined)
    if (told.length === 0) continue
    combined[method] = event => {
      for (const observer of told) tell(observer, method, event)
    }
  }
  return combined
}

/** One that throws hides nothing from those behind it. */
function tell(observer: Observer, method: ObserverMethod, event: never): void {
  try {
    observer[method]!(event)
  } catch (thrown) {
    surface(thrown)
  }
}
