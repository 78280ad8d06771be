// What an observer may be told. Every method is optional and synchronous; an event object is built only when its method exists.
import type { KafkaError } from './errors.ts'
import { surface } from './surface.ts'
import type { BrokerAddress } from './transport.ts'
import type { MessageToProduce } from './message.ts'

export type ConnectionState = 'connecting' | 'negotiating' | 'authenticating' | 'ready' | 'draining' | 'closed'

export interface ConnectionObservation {
  readonly broker: BrokerAddress
  readonly state: ConnectionState
  readonly elapsedMs: number
  readonly error?: KafkaError | undefined
}
export interface RequestObservation {
  readonly broker: BrokerAddress
  readonly api: string
  readonly version: number
  readonly bytes: number
}
export interface ResponseObservation {
  readonly broker: BrokerAddress
  readonly api: string
  readonly latencyMs: number
  readonly throttleMs: number
  readonly error?: KafkaError | undefined
}
export interface MetadataObservation {
  readonly topics: number
  readonly brokers: number
  readonly elapsedMs: number
}
export interface BatchObservation {
  readonly topic: string
  readonly partition: number
  readonly records: number
  /** Uncompressed, header included. */
  readonly bytes: number
  readonly wireBytes: number
  readonly codec: string
  readonly queuedMs: number
}
export interface RetryObservation {
  readonly topic: string
  readonly partition: number
  readonly attempt: number
  readonly delayMs: number
  readonly error: KafkaError
}
export interface OutcomeObservation {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly outcome: 'acked' | 'not-persisted' | 'unknown'
  readonly attempts: number
  readonly elapsedMs: number
  readonly error?: KafkaError | undefined
}

export interface Observer {
  onConnection?(event: ConnectionObservation): void
  onRequest?(event: RequestObservation): void
  onResponse?(event: ResponseObservation): void
  onMetadata?(event: MetadataObservation): void
  onBatch?(event: BatchObservation): void
  onRetry?(event: RetryObservation): void
  onOutcome?(event: OutcomeObservation): void
}

/** Sees each message before the serializers do. */
export interface Interceptor<Key = unknown, Value = unknown, HeaderKey = unknown, HeaderValue = unknown> {
  /** Returns the message to send instead, synchronously. A throw fails that message. */
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

/** One observer that tells several; a method exists only if one of them has it. What they throw surfaces as uncaught. */
export function combineObservers(observers: readonly Observer[]): Observer {
  if (observers.length === 0) return silentObserver
  if (observers.length === 1) return observers[0]!
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
