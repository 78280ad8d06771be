// What a connection is to those who send through it.
import type { EventEmitter } from 'node:events'
import type { BrokerAddress, Callback, ConnectionState, KafkaError } from '@sluice/core'
import type { Api } from '@sluice/protocol'

export type SaslStage = 'handshake' | 'authentication' | 'authentication:extended'

export interface ConnectionEvents {
  /** Requests go out from now on. Once per connection. */
  ready: []
  /** Writable again after `send` or `post` returned false, or after it stopped being writable by itself. In a later turn. */
  drain: []
  /** Null: closed as asked, with nothing lost. Once, last; by then every callback has been called. */
  close: [cause: KafkaError | null]
  sasl: [stage: SaslStage, mechanism: string]
  /** The broker asked for silence of so many milliseconds (KIP-219). */
  throttle: [throttleMs: number, api: string]
}

export interface SendOptions {
  /** Speak this version at most. */
  readonly maxVersion?: number | undefined
  /** In place of the connection's request timeout. */
  readonly timeoutMs?: number | undefined
  /**
   * It does not keep the process alive while it waits for its answer: who sends it has a timer of his own that does. What is
   * posted does in any case, until the socket has let go of it.
   */
  readonly background?: boolean | undefined
}

/**
 * One connection to one broker. Requests are written in the order in which they were given and answered in that order.
 *
 * A request that fails is told so only after the stream has let go of its bytes, so that their memory may be used again:
 * - `ConnectionError`: `handedOver` false if no byte of it was handed to the stream;
 * - `TimeoutError`, `CorruptFrameError`: it was handed over;
 * - `AuthenticationError`, `UnsupportedVersionError`: it was not.
 */
export interface Connection extends EventEmitter<ConnectionEvents> {
  readonly address: BrokerAddress
  readonly state: ConnectionState
  /** Requests that were written and not answered yet. */
  readonly inFlight: number
  /** Ready, the window (`maxInflights`) and the socket's buffer have room, not throttled, not re-authenticating. */
  readonly writable: boolean
  /** The `context` option, as given. */
  readonly context: unknown
  /** The version that `send` would use; null before `ready`, or if there is none that both sides speak. */
  versionOf(api: Api<never, unknown>): number | null
  /** Sends now, or as soon as ready and writable. False: stop until `drain`. */
  send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    callback: Callback<Response>,
    options?: SendOptions
  ): boolean
  /**
   * For acks 0: no answer will come.
   *
   * @param callback when the bytes were handed to the socket, or could not be
   * @param onReleased when the socket let go of them, or closed; exactly once in every case, after `callback`
   */
  post<Request>(
    api: Api<Request, unknown>,
    request: Request,
    callback: Callback<void>,
    onReleased?: () => void,
    options?: SendOptions
  ): boolean
  /** Takes no more requests, waits for those it has, then closes. Before `ready` nothing is waited for. */
  close(callback: Callback<void>): void
  /** Closes at once. What was handed over may have been acted on. */
  destroy(cause: KafkaError): void
}
