// Questions to the cluster: route, control lane, retry with backoff, one deadline over all of it.
import {
  ClosedError,
  ConnectionError,
  TimeoutError,
  type BrokerAddress,
  type Callback,
  type Clock,
  type KafkaError,
  type Timer
} from '@sluice/core'
import type { Api } from '@sluice/protocol'
import type { BrokerConnections } from './pool.ts'
import type { RetryDelay } from './retry-delay.ts'
import { rebootstrapAsked, Round, type RoundFailure } from './round.ts'
import type { Router } from './route.ts'

export interface AskOptions<Response> {
  /**
   * Any usable broker; any node of the cluster, as soon as one is known, for what another cluster must not answer; one of its
   * nodes; or an address that was learnt elsewhere.
   */
  readonly to: 'any' | 'member' | number | BrokerAddress
  /** Monotonic. Nothing that the question does outlives it. */
  readonly deadlineMs: number
  /** Why an answer is none. Retriable: asked again, with backoff. */
  readonly check?: ((response: Response) => KafkaError | null) | undefined
  /** Attempts after the first; the client's `retries` by default. */
  readonly retries?: number | undefined
}

export interface Cancellable {
  /** The callback is not called any more. Idempotent. */
  cancel(): void
}

export interface OpenRequest extends Cancellable {
  /** Why its last attempt failed; null as long as none has. */
  readonly lastError: KafkaError | null
}

export interface Requests {
  /** Fails with the last attempt's error if it is final or attempts are used up, with TimeoutError at the deadline. */
  ask<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOptions<Response>,
    callback: Callback<Response>
  ): OpenRequest
  /** Open questions fail with ClosedError, and so do later ones. */
  stop(): void
}

export interface RequestsOptions {
  readonly clock: Clock
  readonly pool: BrokerConnections
  readonly router: Router
  readonly retries: number
  readonly retryDelay: RetryDelay
  /** A question went to a node that is not known, or not there. */
  readonly onLost: () => void
}

interface OpenQuestion {
  fail(error: KafkaError): void
}

export function createRequests(options: RequestsOptions): Requests {
  const open = new Set<OpenQuestion>()
  let stopped = false
  return {
    ask: (api, request, ask, callback) => {
      const question = new Question(options, { api, request, ask, callback }, () => open.delete(question))
      if (stopped)
        options.clock.soon(() => question.fail(new ClosedError(`${api.name} was not asked: the client is closed`)))
      else {
        open.add(question)
        question.start()
      }
      return question
    },
    stop: () => {
      stopped = true
      for (const question of open) question.fail(new ClosedError('The client was closed before an answer came'))
    }
  }
}

interface Asked<Request, Response> {
  readonly api: Api<Request, Response>
  readonly request: Request
  readonly ask: AskOptions<Response>
  readonly callback: Callback<Response>
}

class Question<Request, Response> implements OpenRequest, OpenQuestion {
  readonly #options: RequestsOptions
  readonly #asked: Asked<Request, Response>
  readonly #onEnd: () => void
  readonly #startMs: number
  #attempts = 0
  #lastError: KafkaError | null = null
  #round: Round<Request, Response> | null = null
  #pause: Timer | null = null
  #deadline: Timer | null = null
  #open = true

  constructor(options: RequestsOptions, asked: Asked<Request, Response>, onEnd: () => void) {
    this.#options = options
    this.#asked = asked
    this.#onEnd = onEnd
    this.#startMs = options.clock.monotonicMs()
  }

  get lastError(): KafkaError | null {
    return this.#lastError
  }

  start(): void {
    const leftMs = Math.max(0, this.#asked.ask.deadlineMs - this.#startMs)
    this.#deadline = this.#options.clock.after(leftMs, () => this.fail(this.#lateError()))
    this.#attempt()
  }

  cancel(): void {
    this.#close()
  }

  fail(error: KafkaError): void {
    if (this.#close()) this.#asked.callback(error, undefined)
  }

  #attempt(): void {
    this.#attempts++
    const { api, request, ask } = this.#asked
    const { pool, router } = this.#options
    const { to } = ask
    const address = typeof to === 'number' ? (router.addressOf(to) ?? to) : to
    if (typeof address === 'number') return this.#failed(unknownNode(address))
    const check = (response: Response): KafkaError | null => ask.check?.(response) ?? null
    const round = new Round(
      pool,
      router,
      { api, request, to: address, check },
      {
        answered: ({ response }) => {
          if (this.#close()) this.#asked.callback(null, response)
        },
        failed: failure => this.#failed(failure)
      }
    )
    this.#round = round
    round.start()
  }

  #failed({ error, retriable }: RoundFailure): void {
    this.#lastError = error
    const { ask, api } = this.#asked
    const retries = ask.retries ?? this.#options.retries
    const attempt = this.#attempts
    const isOfNodes = typeof ask.to === 'number' || ask.to === 'member'
    if (isOfNodes && (error.code !== 'KAFKA_BROKER' || rebootstrapAsked(error))) this.#options.onLost()
    if (!retriable || attempt > retries) return this.#options.clock.soon(() => this.fail(error))
    const delayMs = this.#options.retryDelay({ operation: api.name, attempt, error })
    // It is the user's, and may have ended who asks.
    if (!this.#open) return
    this.#pause = this.#options.clock.after(delayMs, () => this.#attempt())
  }

  /** False if it was closed before. */
  #close(): boolean {
    if (!this.#open) return false
    this.#open = false
    this.#round?.cancel()
    this.#pause?.cancel()
    this.#deadline?.cancel()
    this.#onEnd()
    return true
  }

  #lateError(): TimeoutError {
    const limitMs = Math.round(Math.max(0, this.#asked.ask.deadlineMs - this.#startMs))
    const operation = this.#asked.api.name
    const attempts = this.#attempts === 1 ? '1 attempt' : `${this.#attempts} attempts`
    const why = this.#lastError === null ? '' : `: ${this.#lastError.message}`
    const message = `${operation} got no usable answer within ${limitMs} ms, in ${attempts}${why}`
    return new TimeoutError(message, { operation, limitMs, cause: this.#lastError ?? undefined })
  }
}

function unknownNode(nodeId: number): RoundFailure {
  const error = new ConnectionError(`Broker ${nodeId} is not in the cluster's metadata`)
  return { error, refused: false, retriable: true }
}
