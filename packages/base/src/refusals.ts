// Topics that a broker just refused to tell about, or to write to: believed for a moment without asking again.
import type { KafkaError } from '@sluice/core'

const refusalMs = 1_000

export class Refusals {
  readonly #refused = new Map<string, { readonly error: KafkaError; readonly untilMs: number }>()

  add(topic: string, error: KafkaError, nowMs: number): void {
    this.#refused.delete(topic)
    this.#refused.set(topic, { error, untilMs: nowMs + refusalMs })
    // All last equally long, so the first ones in are the first ones out.
    for (const [oldest, { untilMs }] of this.#refused) {
      if (untilMs > nowMs) return
      this.#refused.delete(oldest)
    }
  }

  of(topic: string, nowMs: number): KafkaError | null {
    const refused = this.#refused.get(topic)
    return refused !== undefined && nowMs < refused.untilMs ? refused.error : null
  }
}
