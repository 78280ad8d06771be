// The evidence that a topic does not exist: who said so, since when, without being contradicted.
import { UnknownTopicError } from '@sluice/core'

/** How long every answer must say that a topic is missing. */
const missingMs = 5_000
/** The same for a topic seen before: a broker that restarts may not know its topics for a while. */
const missingAgainMs = 30_000
const witnessCount = 2
const verdictLimit = 10_000

interface Evidence {
  readonly sinceMs: number
  readonly seenBefore: boolean
  readonly witnesses: Set<number>
}

export class MissingTopics {
  readonly #evidence = new Map<string, Evidence>()
  readonly #verdicts = new Map<string, UnknownTopicError>()

  get any(): boolean {
    return this.#evidence.size > 0
  }

  has(topic: string): boolean {
    return this.#evidence.has(topic)
  }

  /** A node said that the topic is missing. Null: a bootstrap address, which may be any node and is no second witness. */
  testify(topic: string, nodeId: number | null, seenBefore: boolean, nowMs: number): void {
    let evidence = this.#evidence.get(topic)
    if (evidence === undefined) {
      evidence = { sinceMs: nowMs, seenBefore, witnesses: new Set() }
      this.#evidence.set(topic, evidence)
    }
    if (nodeId !== null) evidence.witnesses.add(nodeId)
  }

  /** An answer that the topic is there. */
  clear(topic: string): void {
    this.#evidence.delete(topic)
    this.#verdicts.delete(topic)
  }

  /** Nobody asks for the topic any more. */
  forget(topic: string): void {
    this.#evidence.delete(topic)
  }

  /** A topic that was there is gone. */
  conclude(topic: string, error: UnknownTopicError): void {
    this.#verdicts.delete(topic)
    this.#verdicts.set(topic, error)
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= verdictLimit) return
      this.#verdicts.delete(oldest)
    }
  }

  verdict(topic: string): UnknownTopicError | null {
    return this.#verdicts.get(topic) ?? null
  }

  /** Nodes that have not yet said anything about some missing topic are to be asked first: these come last. */
  witnesses(): ReadonlySet<number> {
    const all = new Set<number>()
    for (const { witnesses } of this.#evidence.values()) for (const nodeId of witnesses) all.add(nodeId)
    return all
  }

  /** Every answer of 5 s (30 s for a topic seen before), from two nodes or from all there are, said that it is missing. */
  confirmed(topic: string, brokers: ReadonlyMap<number, unknown>, nowMs: number): UnknownTopicError | null {
    const evidence = this.#evidence.get(topic)
    if (evidence === undefined) return null
    const elapsedMs = nowMs - evidence.sinceMs
    if (elapsedMs < (evidence.seenBefore ? missingAgainMs : missingMs)) return null
    if (evidence.witnesses.size < Math.min(witnessCount, brokers.size)) return null
    const nodes = [...evidence.witnesses].join(', ')
    return new UnknownTopicError(
      `Topic ${topic} does not exist: every answer of the last ${Math.round(elapsedMs)} ms, from ${evidence.witnesses.size === 1 ? 'broker' : 'brokers'} ${nodes}, said so; ` +
        'create it, or set autocreateTopics where the brokers allow it',
      { outcome: 'not-persisted' }
    )
  }
}
