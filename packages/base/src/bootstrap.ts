// The addresses that a client starts from, and returns to when it knows no better.
import { described, memberOf, rules, type OptionRule } from '@sluice/connection'
import {
  ConnectionError,
  InvalidArgumentError,
  reasonOf,
  TimeoutError,
  type BrokerAddress,
  type Callback,
  type Clock,
  type KafkaError,
  type MaybePromise,
  type Random
} from '@sluice/core'

/** `host:port`, `host`, `[::1]:9092` or the parts. */
export type BootstrapBroker = string | { readonly host: string; readonly port: number }

export type BootstrapBrokers = readonly BootstrapBroker[] | (() => MaybePromise<readonly BootstrapBroker[]>)

export const defaultPort = 9092

export interface BootstrapOptions {
  readonly brokers: BootstrapBrokers
  readonly clock: Clock
  readonly random: Random
  /** How long a function may take to give its list. */
  readonly timeoutMs: number
}

export class Bootstrap {
  readonly #options: BootstrapOptions
  readonly #fixed: readonly BrokerAddress[] | null

  constructor(options: BootstrapOptions) {
    this.#options = options
    const { brokers, random } = options
    this.#fixed = typeof brokers === 'function' ? null : shuffled(brokers.map(parseBootstrapBroker), random)
  }

  /**
   * All addresses. A list is in the same random order each time; a function is asked anew.
   *
   * @returns what takes the question back: the callback is not called any more
   */
  list(callback: Callback<readonly BrokerAddress[]>): () => void {
    const { clock } = this.#options
    let open = true
    if (this.#fixed !== null) {
      const addresses = this.#fixed
      clock.soon(() => {
        if (open) callback(null, addresses)
      })
      return () => void (open = false)
    }
    const close = (): void => {
      open = false
      timer.cancel()
    }
    const settle = (error: KafkaError | null, addresses: readonly BrokerAddress[]): void => {
      if (!open) return
      close()
      if (error === null) callback(null, addresses)
      else callback(error, undefined)
    }
    const timer = clock.after(this.#options.timeoutMs, () => settle(this.#lateError(), []))
    this.#ask().then(
      addresses => settle(null, this.#shuffle(addresses)),
      (cause: unknown) => {
        const message = `The bootstrapBrokers function failed: ${reasonOf(cause)}`
        settle(new ConnectionError(message, { cause }), [])
      }
    )
    return close
  }

  async #ask(): Promise<readonly BrokerAddress[]> {
    const { brokers } = this.#options
    const given = typeof brokers === 'function' ? await brokers() : brokers
    const problem = bootstrapProblem(given)
    if (problem !== null) throw new InvalidArgumentError(`The bootstrapBrokers function must give ${problem}`)
    return given.map(parseBootstrapBroker)
  }

  #lateError(): TimeoutError {
    const limitMs = this.#options.timeoutMs
    return new TimeoutError(`The bootstrapBrokers function gave no list within ${limitMs} ms`, {
      operation: 'bootstrapBrokers',
      limitMs
    })
  }

  #shuffle(addresses: readonly BrokerAddress[]): readonly BrokerAddress[] {
    return shuffled(addresses, this.#options.random)
  }
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const item = order[last]!
    order[last] = order[other]!
    order[other] = item
  }
  return order
}

/** What a list of bootstrap brokers should have been, or null if it is one. */
export function bootstrapProblem(value: unknown): string | null {
  const expected = "a list of brokers, each 'host:port', 'host' or { host, port }"
  if (!Array.isArray(value) || value.length === 0) return expected
  for (const [at, broker] of value.entries()) {
    const fault = faultOf(broker)
    if (fault !== null) return `${expected}, and [${at}]${fault.member} is ${described(fault.value)}`
  }
  return null
}

/** One element of the list. Objects may have more members than two: they often come from a registry. */
export const brokerRule: OptionRule = {
  must: "'host:port', 'host' or { host, port } without a scheme",
  holds: value => faultOf(value) === null,
  within: (value, path) => {
    const fault = faultOf(value)
    if (fault === null || fault.member === '') return null
    return `${path}${fault.member} must be ${fault.must}, not ${described(fault.value)}`
  }
}

interface Fault {
  /** Such as `.port`; empty: the broker as a whole. */
  readonly member: string
  readonly must: string
  readonly value: unknown
}

function faultOf(broker: unknown): Fault | null {
  if (typeof broker === 'string' && readAddress(broker) !== null) return null
  if (!rules.object('').holds(broker)) return { member: '', must: brokerRule.must, value: broker }
  const host = memberOf(broker, 'host')
  const port = memberOf(broker, 'port')
  if (typeof host !== 'string' || host === '') return { member: '.host', must: 'a host name', value: host }
  return isPort(port) ? null : { member: '.port', must: `a whole number from 1 to 65,535`, value: port }
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
}

/** The broker must have passed `bootstrapProblem`. */
export function parseBootstrapBroker(broker: BootstrapBroker): BrokerAddress {
  if (typeof broker !== 'string') return { host: broker.host, port: broker.port }
  const address = readAddress(broker)
  if (address === null) throw new InvalidArgumentError(`Bootstrap broker '${broker}' is not 'host:port' or 'host'`)
  return address
}

// [IPv6] or a host without a colon, then perhaps a port. A bare IPv6 address has many colons and no port.
const addressPattern = /^(?:\[([^[\]\s]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/
const bareIpv6Pattern = /^[0-9a-fA-F]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*$/

function readAddress(text: string): BrokerAddress | null {
  if (bareIpv6Pattern.test(text)) return { host: text, port: defaultPort }
  const match = addressPattern.exec(text)
  if (match === null) return null
  const port = match[3] === undefined ? defaultPort : Number(match[3])
  return isPort(port) ? { host: (match[1] ?? match[2])!, port } : null
}
