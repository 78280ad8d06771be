// When an attempt is certain not to be in the log, whatever a broker may still execute (semantics 0: definitive negative evidence).
import { identityOf, type Attempt } from '../wire/attempt.ts'

/**
 * A lost attempt may still be executed by a broker that had read it. Out of order under the very same identity says that it was
 * not, but only from the end of the quarantine on.
 */
export class Denials {
  readonly #requestTimeoutMs: number
  readonly #byIdentity = new Map<string, Attempt[]>()

  constructor(requestTimeoutMs: number, attempts: readonly Attempt[] = []) {
    this.#requestTimeoutMs = requestTimeoutMs
    for (const attempt of attempts) this.add(attempt)
  }

  add(attempt: Attempt): void {
    const identity = identityOf(attempt)
    const known = this.#byIdentity.get(identity)
    if (known === undefined) this.#byIdentity.set(identity, [attempt])
    else known.push(attempt)
  }

  isDenied(attempt: Attempt, nowMs: number): boolean {
    if (attempt.fate === 'flying' || attempt.fateMs > nowMs) return false
    if (attempt.fate === 'refused' || attempt.fate === 'out-of-order') return true
    if (attempt.fate !== 'uncertain') return false
    const quarantineEndMs = attempt.fateMs + this.#requestTimeoutMs
    if (nowMs < quarantineEndMs) return false
    const again = this.#byIdentity.get(identityOf(attempt)) ?? []
    return again.some(each => each.fate === 'out-of-order' && each.fateMs >= quarantineEndMs && each.fateMs <= nowMs)
  }
}
