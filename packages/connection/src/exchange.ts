// One request on its way: what was asked, who waits for the answer, and how far it came.
import { surface, type Callback, type KafkaError } from '@sluice/core'
import type { Api, Frame } from '@sluice/protocol'
import type { SendOptions } from './contract.ts'

/** Made once per request, always with the same shape. */
export class Exchange {
  readonly api: Api<unknown, unknown>
  readonly request: unknown
  readonly maxVersion: number
  readonly timeoutMs: number
  /** For acks 0: no answer will come. */
  readonly unanswered: boolean
  readonly background: boolean
  version = -1
  correlationId = -1
  /** Set while the frame waits in the write queue. */
  frame: Frame | null = null
  /** Some byte of it may have left this process. */
  handedOver = false
  /** Monotonic; when it took its place in the FIFO, and when it became its head. */
  writtenAtMs = 0
  headAtMs = 0
  /** How much throttle time the connection had had by then, which does not count against the deadlines. */
  throttledAtWriteMs = 0
  throttledAtHeadMs = 0
  /** Once, when nobody waits any more: for the answer, or for the socket to let go of what has none. */
  onEnd: (() => void) | null = null
  readonly #callback: Callback<unknown>
  readonly #onReleased: (() => void) | null

  constructor(
    api: Api<unknown, unknown>,
    request: unknown,
    callback: Callback<unknown>,
    options: Pick<SendOptions, 'maxVersion' | 'background'> & { readonly timeoutMs: number },
    posted?: { readonly onReleased: (() => void) | null }
  ) {
    this.api = api
    this.request = request
    this.#callback = callback
    this.timeoutMs = options.timeoutMs
    this.maxVersion = options.maxVersion ?? api.versions.max
    this.unanswered = posted !== undefined
    this.background = options.background === true && !this.unanswered
    this.#onReleased = posted?.onReleased ?? null
  }

  /** A callback that throws is an uncaught exception of its own, and stops nothing here. */
  succeed(response: unknown): void {
    if (!this.unanswered) this.#end()
    try {
      this.#callback(null, response)
    } catch (thrown) {
      surface(thrown)
    }
  }

  fail(error: KafkaError): void {
    if (!this.unanswered) this.#end()
    try {
      this.#callback(error, undefined)
    } catch (thrown) {
      surface(thrown)
    }
  }

  /** It came to nothing, and nothing refers to its bytes. */
  abandon(error: KafkaError): void {
    this.fail(error)
    this.release()
  }

  release(): void {
    this.#end()
    if (this.#onReleased === null) return
    try {
      this.#onReleased()
    } catch (thrown) {
      surface(thrown)
    }
  }

  #end(): void {
    if (this.onEnd === null) return
    this.onEnd()
    this.onEnd = null
  }
}

export function makeExchange<Request, Response>(
  api: Api<Request, Response>,
  request: Request,
  callback: Callback<Response>,
  timeoutMs: number,
  options: SendOptions = {},
  posted?: { readonly onReleased: (() => void) | null }
): Exchange {
  // The queue holds exchanges of every API; each calls back with what its own API has read.
  const { maxVersion, background } = options
  const limits = { timeoutMs: options.timeoutMs ?? timeoutMs, maxVersion, background }
  return new Exchange(api, request, callback as Callback<unknown>, limits, posted)
}
