// Who may come in: the state of authentication of every connection of the cluster.
import type { Clock } from '@sluice/core'
import { errorCodes } from './error-codes.ts'
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
  | { readonly kind: 'more' | 'accepted'; readonly answer: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: string }

interface Session {
  server: SaslServer | null
  /** On the monotonic clock; Infinity without an end. */
  validUntilMs: number
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

  /** Whether a connection may ask for more than to be let in. */
  isOpenFor(connectionId: number): boolean {
    if (this.#settings === null) return true
    const session = this.#sessions.get(connectionId)
    return session !== undefined && this.#clock.monotonicMs() < session.validUntilMs
  }

  begin(
    connectionId: number,
    mechanism: string
  ): { readonly errorCode: number; readonly mechanisms: readonly string[] } {
    const { mechanisms } = this
    if (this.#settings === null) return { errorCode: errorCodes.ILLEGAL_SASL_STATE, mechanisms }
    const chosen = mechanisms.find(name => name === mechanism)
    if (chosen === undefined) return { errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM, mechanisms }
    const { users } = this.#settings
    const server = chosen === 'PLAIN' ? plainServer(users) : scramServer(chosen, users, this.#nonce)
    const validUntilMs = this.#sessions.get(connectionId)?.validUntilMs ?? -Infinity
    this.#sessions.set(connectionId, { server, validUntilMs })
    return { errorCode: errorCodes.NONE, mechanisms }
  }

  step(connectionId: number, message: Uint8Array): SaslStep {
    const session = this.#sessions.get(connectionId)
    if (session === undefined || session.server === null)
      return { kind: 'refused', reason: 'No mechanism was agreed on' }
    const step = session.server(message)
    if (step.kind === 'more') return step
    session.server = null
    if (step.kind === 'refused') return step
    const lifetimeMs = this.sessionLifetimeMs
    session.validUntilMs = lifetimeMs > 0 ? this.#clock.monotonicMs() + lifetimeMs : Infinity
    return step
  }

  forget(connectionId: number): void {
    this.#sessions.delete(connectionId)
  }
}
