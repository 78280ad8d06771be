// Where SASL mechanisms are tried: a server's side of exchanges, and how one is led to its end.
// oxlint-disable no-await-in-loop -- an exchange is one message after another
import type { BrokerAddress, MaybePromise, SaslMechanism } from '@sluice/core'
import { claim } from './claims.ts'

/** One exchange as a server of the mechanism leads it. */
export interface SaslServer {
  /** What to answer; null refuses the client, and the exchange is over. */
  answer(message: Uint8Array): MaybePromise<Uint8Array | null>
  /** Whether the client has proved who it is. */
  readonly accepted: boolean
}

export interface SaslSetup {
  /** A new mechanism with credentials that are right. */
  readonly create: () => SaslMechanism
  /** The same with credentials that are wrong. */
  readonly createWrong: () => SaslMechanism
  /** A new exchange. */
  readonly server: () => SaslServer
  /** What must be shown nowhere: passwords and tokens, of `createWrong` as well. At least six characters each. */
  readonly secrets: readonly string[]
  /**
   * For mechanisms that make the server prove itself, as SCRAM does: an exchange with a server that does not know the
   * secret and says yes to everything. What such a mechanism sends must then be new each time, or a recording proves as much.
   */
  readonly impostor?: (() => SaslServer) | undefined
}

const address: BrokerAddress = Object.freeze({ host: 'broker.example', port: 9092 })
export const mostMessages = 20

export type Exchange = AsyncGenerator<Uint8Array, void, Uint8Array>
export type Tamper = (answer: Uint8Array, count: number) => Uint8Array

export function begin(mechanism: SaslMechanism): Exchange {
  return mechanism.authenticate(address, { signal: new AbortController().signal })
}

export interface Ending {
  /** Whether the mechanism returned, which means success; else the server refused it. */
  readonly isReturned: boolean
  /** How many messages the mechanism has sent. */
  readonly sent: number
}

/** Leads an exchange to its end; a refusal ends it as the wire does. Rejects with what the mechanism throws. */
export async function lead(exchange: Exchange, server: SaslServer, tamper?: Tamper): Promise<Ending> {
  let step = await exchange.next()
  let sent = 0
  while (!step.done) {
    claim(sent < mostMessages, `The exchange goes on after ${mostMessages} messages`)
    const answer = await server.answer(step.value)
    if (answer === null) {
      await exchange.return()
      return { isReturned: false, sent: sent + 1 }
    }
    step = await exchange.next(tamper?.(answer, sent) ?? answer)
    sent++
  }
  return { isReturned: true, sent }
}

/** Whether the mechanism takes the exchange for good. */
export async function returns(mechanism: SaslMechanism, server: SaslServer, tamper?: Tamper): Promise<boolean> {
  try {
    const { isReturned } = await lead(begin(mechanism), server, tamper)
    return isReturned
  } catch {
    return false
  }
}

/** Of a good exchange, which has as many messages. */
export async function answerCount({ create, server }: SaslSetup): Promise<number> {
  const { sent } = await lead(begin(create()), server())
  return sent
}

/** In place of a good answer. */
export const nonsense: readonly (readonly [what: string, make: (answer: Uint8Array) => Uint8Array])[] = [
  ['nothing', () => new Uint8Array()],
  ['nonsense', () => Buffer.from('nonsense')],
  ['5,000 zeros', () => new Uint8Array(5000)],
  ['cut in half', answer => answer.subarray(0, answer.length >> 1)]
]
