// Which leaders are not to be trusted: they denied it, or cannot be reached.

const doubtMs = 10_000

export class Doubts {
  readonly #unreachable = new Set<number>()
  readonly #denied = new Map<string, { readonly leader: number; readonly untilMs: number }>()

  lost(nodeId: number): void {
    this.#unreachable.add(nodeId)
  }

  reached(nodeId: number): void {
    this.#unreachable.delete(nodeId)
  }

  deny(topic: string, partition: number, leader: number, nowMs: number): void {
    const key = keyOf(topic, partition)
    this.#denied.delete(key)
    this.#denied.set(key, { leader, untilMs: nowMs + doubtMs })
    // All last equally long, so the first ones in are the first ones out.
    for (const [oldest, { untilMs }] of this.#denied) {
      if (untilMs > nowMs) return
      this.#denied.delete(oldest)
    }
  }

  has(topic: string, partition: number, leader: number, nowMs: number): boolean {
    if (this.#unreachable.has(leader)) return true
    const denial = this.#denied.get(keyOf(topic, partition))
    return denial !== undefined && denial.leader === leader && nowMs < denial.untilMs
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
