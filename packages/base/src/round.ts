// One round of a question: each broker that may know is asked in turn, until one answers well.
import {
  ConnectionError,
  isKafkaError,
  reasonOf,
  type BrokerAddress,
  type Callback,
  type KafkaError,
  type Timer
} from '@sluice/core'
import { errorCodes, type Api } from '@sluice/protocol'
import type { BrokerConnections, Wire } from './pool.ts'
import { addressKey, type Router } from './route.ts'

export interface RoundQuestion<Request, Response> {
  readonly api: Api<Request, Response>
  readonly request: Request
  /** `any`; `member`, which is a node of the cluster as soon as one is known; or the one broker that can answer. */
  readonly to: 'any' | 'member' | BrokerAddress
  /** Keys of brokers to ask only if nobody else answers. */
  readonly last?: ReadonlySet<string> | undefined
  /** Why an answer is none; a retriable error sends the question on to the next broker. */
  check(response: Response, from: BrokerAddress): KafkaError | null
}

export interface RoundAnswer<Response> {
  readonly response: Response
  readonly from: BrokerAddress
}

/** Why nobody answered: `last` is the most telling failure, `refused` whether every address that could answer refused to be used. */
export interface RoundFailure {
  readonly error: KafkaError
  readonly refused: boolean
  /** Another broker, or another round, may do better. */
  readonly retriable: boolean
}

export interface RoundEnd<Response> {
  answered(answer: RoundAnswer<Response>): void
  failed(failure: RoundFailure): void
}

/** So long a broker may take before another one is asked as well: it may be there and not answer for a long time. */
const patienceMs = 2_000

export class Round<Request, Response> {
  readonly #pool: BrokerConnections
  readonly #router: Router
  readonly #question: RoundQuestion<Request, Response>
  readonly #end: RoundEnd<Response>
  readonly #tried = new Set<string>()
  readonly #failures: KafkaError[] = []
  #candidates: readonly BrokerAddress[] = []
  /** Only nodes of the cluster will do. */
  readonly #isOfMembers: boolean
  /** Whether there is still the bootstrap list to fall back on. */
  #fallback: 'there' | 'asked' | 'used'
  #underWay = 0
  #patience: Timer | null = null
  #stopBootstrap: (() => void) | null = null
  #open = true

  constructor(
    pool: BrokerConnections,
    router: Router,
    question: RoundQuestion<Request, Response>,
    end: RoundEnd<Response>
  ) {
    this.#pool = pool
    this.#router = router
    this.#question = question
    this.#end = end
    const { to } = question
    this.#isOfMembers = to === 'member' && router.hasMet
    this.#fallback = typeof to === 'string' && !this.#isOfMembers ? 'there' : 'used'
  }

  /** Never ends before it returns. */
  start(): void {
    const { to, last } = this.#question
    this.#candidates = typeof to === 'string' ? this.#router.candidates(last ?? nobody, to) : [to]
    if (this.#candidates.length > 0 || this.#fallback === 'there') return this.#next()
    this.#pool.clock.soon(() => {
      if (!this.#open) return
      this.#failures.push(new ConnectionError('The nodes of the cluster are being looked for anew'))
      this.#fail()
    })
  }

  /** Nothing is called any more. */
  cancel(): void {
    this.#open = false
    this.#patience?.cancel()
    this.#stopBootstrap?.()
  }

  /** Asks one broker more, if there is one; ends the round if there is none and nobody is left to answer. */
  #next(): void {
    const address = this.#candidates.find(candidate => !this.#tried.has(addressKey(candidate)))
    if (address !== undefined) return this.#try(address)
    if (this.#fallback === 'there') return this.#fallBack()
    if (this.#fallback === 'used' && this.#underWay === 0) this.#fail()
  }

  #fallBack(): void {
    this.#fallback = 'asked'
    const stop = this.#router.bootstrap((...[error, addresses]) => {
      if (!this.#open) return
      this.#fallback = 'used'
      if (error !== null) this.#failures.push(error)
      this.#candidates = addresses ?? []
      this.#next()
    })
    this.#stopBootstrap = stop
    // The function that gives the list is the user's, and may have ended who asks.
    if (!this.#open) stop()
  }

  #try(address: BrokerAddress): void {
    this.#tried.add(addressKey(address))
    this.#underWay++
    this.#patience?.cancel()
    this.#patience = this.#pool.clock.after(patienceMs, () => this.#next())
    this.#patience.unref()
    this.#pool.acquire(address, 'control', (...[error, connection]) => {
      if (!this.#open) return
      if (error === null) return this.#ask(connection, address)
      this.#underWay--
      this.#goOn(inOurWords(error, address), address, false)
    })
  }

  #ask(connection: Wire, address: BrokerAddress): void {
    const { api, request } = this.#question
    const answered: Callback<Response> = (...[error, response]) => {
      if (!this.#open) return
      this.#underWay--
      const problem = error === null ? this.#question.check(response, address) : inOurWords(error, address)
      // Who looks at an answer may end the round.
      if (!this.#open) return
      if (problem === null) this.#answer(response!, address)
      else this.#goOn(problem, address, true)
    }
    connection.send(api, request, answered, { background: true })
  }

  #answer(response: Response, from: BrokerAddress): void {
    this.cancel()
    this.#router.answered(from)
    this.#end.answered({ response, from })
  }

  #goOn(problem: KafkaError, address: BrokerAddress, wasAsked: boolean): void {
    this.#router.failed(address)
    this.#failures.push(problem)
    if (!othersMayAnswer(problem) && (wasAsked || !mayPass(problem))) return this.#fail()
    if (rebootstrapAsked(problem)) {
      this.#router.forget()
      if (this.#fallback === 'there' || this.#isOfMembers) this.#candidates = []
    }
    this.#next()
  }

  #fail(): void {
    this.cancel()
    // One that cannot answer is of no account where another may, later.
    const telling = this.#failures.filter(failure => !lacksApi(failure))
    const lacking = this.#failures.length > 0 && telling.length === 0
    const refused = telling.length > 0 && telling.every(refusesUse)
    const error = telling.findLast(refusesUse) ?? telling.at(-1) ?? this.#failures.at(-1) ?? nobodyToAsk()
    this.#end.failed({ error, refused, retriable: !lacking && telling.every(mayPass) })
  }
}

const nobody: ReadonlySet<string> = new Set()

/** Wrong credentials and wrong clusters: the address answers, and will not do. */
export function refusesUse(error: KafkaError): boolean {
  return (
    error.code === 'KAFKA_AUTHENTICATION' ||
    (isKafkaError(error, 'KAFKA_CONNECTION') && error.problem === 'wrong-cluster')
  )
}

/** Some addresses never answer: a controller's does not speak of topics. Others of the same cluster do. */
function lacksApi(error: KafkaError): boolean {
  return error.code === 'KAFKA_UNSUPPORTED_VERSION'
}

/** A later round may end better. */
function mayPass(error: KafkaError): boolean {
  return error.retriable || refusesUse(error) || rebootstrapAsked(error) || error.code === 'KAFKA_CORRUPT_FRAME'
}

/** A broker that answers the question with an error code speaks for the cluster: time helps, not another broker at once. */
function othersMayAnswer(error: KafkaError): boolean {
  return rebootstrapAsked(error) || lacksApi(error) || (error.code !== 'KAFKA_BROKER' && mayPass(error))
}

/** The broker wants the client to begin anew from its bootstrap list. @see KIP-1102, KIP-1242 */
export function rebootstrapAsked(error: KafkaError): boolean {
  return isKafkaError(error, 'KAFKA_BROKER') && error.errorCode === errorCodes.REBOOTSTRAP_REQUIRED
}

/** A pool or a transport of the user's own may fail with anything; those who wait are told errors with a code. */
function inOurWords(error: unknown, broker: BrokerAddress): KafkaError {
  if (isKafkaError(error)) return error
  const message = `${broker.host}:${broker.port} could not be asked: ${reasonOf(error)}`
  return new ConnectionError(message, { broker, cause: error })
}

function nobodyToAsk(): ConnectionError {
  return new ConnectionError('There is no broker to ask: the bootstrap list is empty')
}
