// What tests do to requests and answers on their way.
import type { MaybePromise } from '@sluice/core'
import type { ApiName, RequestOf, ResponseOf } from './broker-apis.ts'
import { checkMembers, rules, type Rule } from './checks.ts'

/** A client's connection as a test may touch it. */
export interface ConnectionHandle {
  /** Counts the connections of the cluster, from 1. */
  readonly id: number
  readonly brokerId: number
  /** Ends it now, with a reset unless told otherwise. */
  close(how?: 'end' | 'reset'): void
  /** Ends it once so many bytes more have come from the client. */
  closeAfterReceiving(bytes: number, how?: 'end' | 'reset'): void
}

export interface InterceptedRequest<Name extends ApiName = ApiName> {
  readonly api: Name
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly brokerId: number
  readonly connection: ConnectionHandle
  readonly request: RequestOf<Name>
}

/** What becomes of a request. All of it is optional; an empty one changes nothing. */
export interface Interception<Name extends ApiName = ApiName> {
  /** How long before the request takes effect, milliseconds. Its connection waits, as always while a broker works. */
  readonly delay?: number | undefined
  /**
   * Whether the request takes effect: false with an `error`, else true unless said otherwise. True together with an error
   * is an error after the fact: a batch that is in the log and has its real offset in the answer.
   */
  readonly execute?: boolean | undefined
  /** An error code for everything, or one for each partition (0: none there). */
  readonly error?: number | ((topic: string, partition: number) => number) | undefined
  /** Another answer. It must not change the one it is given. */
  readonly answer?: ((response: ResponseOf<Name>) => ResponseOf<Name>) | undefined
  /** How long between effect and answer, milliseconds. */
  readonly answerDelay?: number | undefined
  /** Written into the answer; the connection is deaf for so long afterwards. */
  readonly throttle?: number | undefined
  /** No answer. `true`: the connection hangs from here on. `'skip'`: the next request is answered as if nothing was. */
  readonly drop?: boolean | 'skip' | undefined
  /** Ends the connection after so many bytes of the answer. */
  readonly cut?: number | undefined
  /** How `cut` ends it: with a reset when no byte was sent, else in good order, unless said otherwise. */
  readonly cutBy?: 'end' | 'reset' | undefined
  /** Sends these bytes instead of the answer's frame, length included. */
  readonly bytes?: ((frame: Buffer) => Uint8Array) | undefined
}

/** Undefined: nothing is changed, and the handlers registered before are asked. */
export type InterceptHandler<Name extends ApiName> = (
  event: InterceptedRequest<Name>
) => MaybePromise<Interception<Name> | undefined>

type AnyHandler = (event: InterceptedRequest) => MaybePromise<Interception | undefined>

export class Interceptors {
  readonly #handlers = new Map<ApiName, AnyHandler[]>()

  /** The latest is asked first. Returns the undo. */
  add<Name extends ApiName>(api: Name, handler: InterceptHandler<Name>): () => void {
    // The map's key is the name that the handler was made for, and `ask` gives it requests of that name alone. One that is
    // given twice is asked twice, and each undo is for one.
    const held: AnyHandler = event => (handler as AnyHandler)(event)
    this.#handlers.set(api, [held, ...(this.#handlers.get(api) ?? [])])
    return () => {
      this.#handlers.set(api, this.#handlers.get(api)?.filter(each => each !== held) ?? [])
    }
  }

  ask(event: InterceptedRequest): MaybePromise<Interception | undefined> {
    const handlers = this.#handlers.get(event.api)
    return handlers === undefined || handlers.length === 0 ? undefined : askFrom(handlers, 0, event)
  }
}

function askFrom(
  handlers: readonly AnyHandler[],
  first: number,
  event: InterceptedRequest
): MaybePromise<Interception | undefined> {
  for (let index = first; index < handlers.length; index++) {
    const plan = handlers[index]!(event)
    if (plan instanceof Promise) return plan.then(settled => checked(settled) ?? askFrom(handlers, index + 1, event))
    if (plan !== undefined) return checked(plan)
  }
  return undefined
}

export const errorCodeRule: Rule = rules.count(-1, 32_767)

const planRules: Readonly<Record<keyof Interception, Rule>> = {
  delay: rules.milliseconds(),
  execute: rules.flag(),
  error: rules.either(errorCodeRule, rules.method()),
  answer: rules.method(),
  answerDelay: rules.milliseconds(),
  throttle: rules.milliseconds(),
  drop: rules.oneOf(true, false, 'skip'),
  cut: rules.count(0),
  cutBy: rules.oneOf('end', 'reset'),
  bytes: rules.method()
}

/** @throws InvalidArgumentError */
function checked(plan: Interception | undefined): Interception | undefined {
  if (plan !== undefined) checkMembers(planRules, plan, 'interception', 'field')
  return plan
}
