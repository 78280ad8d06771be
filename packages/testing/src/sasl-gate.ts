// Who may come in: the state of authentication of every connection of the cluster.
import type { Clock } from '@sluice/core'
import { errorCodes } from '@sluice/protocol'
import type { ApiName } from './broker-apis.ts'
import { plainServer, scramServer, type SaslServer } from './sasl-servers.ts'

export type SaslMechanismName = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export interface SaslSettings {
  /** Passwords by name. Read at each authentication: change the object to change the passwords. */
  readonly users: Readonly<Record<string, string>>
  /** All three unless said otherwise. */
  readonly mechanisms?: readonly SaslMechanismName[] | undefined
  /** How long until a connection must authenticate again, milliseconds. 0: never. */
  readonly sessionLifetimeMs?: number | undefined
}

export type SaslStep =
  | { readonly kind: 'more'; readonly answer: Uint8Array }
  | { readonly kind: 'accepted'; readonly answer: Uint8Array; readonly user: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** What is done with a request: served, answered as out of order before the connection ends, or not answered at all. */
export type Admission = 'serve' | 'refuse' | 'close'

export interface Handshake {
  /** Null: the connection ends without an answer. */
  readonly errorCode: number | null
  readonly mechanisms: readonly string[]
  readonly close: boolean
}

/**
 * A connection that has told nothing may ask for versions once and shake hands, then authenticate and nothing else. One that
 * was let in for a time may do so again. Seen at Kafka 4.3.1, which lets a second pass in between: sessions of tests are shorter.
 */
type Session =
  | { readonly kind: 'greeted' }
  | {
      readonly kind: 'authenticating'
      readonly mechanism: SaslMechanismName
      readonly server: SaslServer
      /** Null for the first time. */
      readonly before: LetIn | null
    }
  | LetIn

interface LetIn {
  readonly kind: 'in'
  readonly mechanism: SaslMechanismName
  readonly user: string
  /** On the monotonic clock; Infinity without an end. */
  readonly validUntilMs: number
}

const allMechanisms: readonly SaslMechanismName[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

export class SaslGate {
  readonly #settings: SaslSettings | null
  readonly #clock: Clock
  readonly #nonce: () => string
  readonly #sessions = new Map<number, Session>()

  constructor(settings: SaslSettings | null, clock: Clock, nonce: () => string) {
    this.#settings = settings
    this.#clock = clock
    this.#nonce = nonce
  }

  get mechanisms(): readonly SaslMechanismName[] {
    if (this.#settings === null) return []
    return this.#settings.mechanisms ?? allMechanisms
  }

  get sessionLifetimeMs(): number {
    return this.#settings?.sessionLifetimeMs ?? 0
  }

  admits(connectionId: number, api: ApiName): Admission {
    if (this.#settings === null) return 'serve'
    const session = this.#sessions.get(connectionId)
    switch (session?.kind) {
      case undefined:
        return api === 'ApiVersions' || api === 'SaslHandshake' ? 'serve' : 'close'
      case 'greeted':
        return api === 'SaslHandshake' ? 'serve' : 'close'
      case 'authenticating':
        return api === 'SaslAuthenticate' ? 'serve' : 'refuse'
      case 'in':
        return api === 'SaslHandshake' || this.#clock.monotonicMs() < session.validUntilMs ? 'serve' : 'close'
    }
  }

  /** The versions were told: whoever is not in yet has to shake hands now. */
  greet(connectionId: number): void {
    if (!this.#sessions.has(connectionId)) this.#sessions.set(connectionId, { kind: 'greeted' })
  }

  begin(connectionId: number, mechanism: string): Handshake {
    const { mechanisms } = this
    const outOfOrder = { errorCode: errorCodes.ILLEGAL_SASL_STATE, mechanisms: [], close: false }
    const session = this.#sessions.get(connectionId)
    const before = session?.kind === 'in' ? session : null
    if (this.#settings === null || before?.validUntilMs === Infinity) return outOfOrder
    const chosen = mechanisms.find(name => name === mechanism)
    if (before !== null && chosen !== before.mechanism) return { errorCode: null, mechanisms, close: true }
    if (chosen === undefined) return { errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM, mechanisms, close: true }
    const { users } = this.#settings
    const server = chosen === 'PLAIN' ? plainServer(users) : scramServer(chosen, users, this.#nonce)
    this.#sessions.set(connectionId, { kind: 'authenticating', mechanism: chosen, server, before })
    return { errorCode: errorCodes.NONE, mechanisms, close: false }
  }

  /** Null: nobody asked for it, as the connection is let in. */
  step(connectionId: number, message: Uint8Array): SaslStep | null {
    const session = this.#sessions.get(connectionId)
    if (session?.kind !== 'authenticating') return null
    const step = session.server(message)
    if (step.kind !== 'accepted') return step
    const { mechanism, before } = session
    if (before !== null && before.user !== step.user) {
      const reason = `The session is of ${before.user}, and ${step.user} cannot take it over`
      return { kind: 'refused', reason }
    }
    const lifetimeMs = this.sessionLifetimeMs
    const validUntilMs = lifetimeMs > 0 ? this.#clock.monotonicMs() + lifetimeMs : Infinity
    this.#sessions.set(connectionId, { kind: 'in', mechanism, user: step.user, validUntilMs })
    return step
  }

  forget(connectionId: number): void {
    this.#sessions.delete(connectionId)
  }
}
