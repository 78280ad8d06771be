// When an attempt is certain not to be in the log, whatever a broker may still execute (semantics 0: definitive negative evidence).
import { identityOf, isBehind, lineOf, type Attempt } from '../wire/attempt.ts'

/**
 * A lost attempt may still be executed by a broker that had read it. Out of order under the very same identity says that it was
 * not, but only from the end of the quarantine on, and only if nothing behind it is in doubt: a broker that was started again
 * remembers nothing but the last batch of each producer, and refuses those before it although they are in the log.
 */
export class Denials {
  readonly #requestTimeoutMs: number
  readonly #lines = new Map<string, Attempt[]>()

  constructor(requestTimeoutMs: number, attempts: readonly Attempt[] = []) {
    this.#requestTimeoutMs = requestTimeoutMs
    for (const attempt of attempts) this.add(attempt)
  }

  add(attempt: Attempt): void {
    const line = lineOf(attempt)
    const known = this.#lines.get(line)
    if (known === undefined) this.#lines.set(line, [attempt])
    else known.push(attempt)
  }

  isDenied(attempt: Attempt, nowMs: number): boolean {
    if (attempt.fate === 'flying' || attempt.fateMs > nowMs) return false
    if (attempt.fate === 'refused' || attempt.fate === 'out-of-order') return true
    if (attempt.fate !== 'uncertain') return false
    const quarantineEndMs = attempt.fateMs + this.#requestTimeoutMs
    if (nowMs < quarantineEndMs) return false
    const line = this.#lines.get(lineOf(attempt)) ?? []
    const identity = identityOf(attempt)
    const refusal = line.find(
      each =>
        each.fate === 'out-of-order' &&
        each.fateMs >= quarantineEndMs &&
        each.fateMs <= nowMs &&
        identityOf(each) === identity
    )
    if (refusal === undefined) return false
    return !line.some(
      each => each.atMs <= refusal.fateMs && isBehind(attempt.sequence, each.sequence) && this.#isInDoubt(each, nowMs)
    )
  }

  #isInDoubt(attempt: Attempt, nowMs: number): boolean {
    return attempt.fate !== 'acked' && !this.isDenied(attempt, nowMs)
  }
}
