// Which topics metadata is kept fresh for, and when one is forgotten.

const idleMs = 300_000

export class TopicsInUse {
  readonly #names = new Set<string>()
  readonly #idleSinceMs = new Map<string, number>()
  readonly #keepers = new Set<(topic: string) => boolean>()

  get names(): ReadonlySet<string> {
    return this.#names
  }

  add(topic: string): void {
    this.#names.add(topic)
    this.#idleSinceMs.delete(topic)
  }

  delete(topic: string): void {
    this.#names.delete(topic)
    this.#idleSinceMs.delete(topic)
  }

  /** Returns the undo. */
  retain(keeps: (topic: string) => boolean): () => void {
    this.#keepers.add(keeps)
    return () => void this.#keepers.delete(keeps)
  }

  /** Takes out and gives those that nobody kept for five minutes. Without a keeper all are kept. */
  expire(nowMs: number): readonly string[] {
    if (this.#keepers.size === 0) return []
    const expired: string[] = []
    for (const topic of this.#names) {
      const sinceMs = this.#idleSinceMs.get(topic)
      if (this.#kept(topic)) this.#idleSinceMs.delete(topic)
      else if (sinceMs === undefined) this.#idleSinceMs.set(topic, nowMs)
      else if (nowMs - sinceMs >= idleMs) expired.push(topic)
    }
    for (const topic of expired) this.delete(topic)
    return expired
  }

  #kept(topic: string): boolean {
    for (const keeps of this.#keepers) if (keeps(topic)) return true
    return false
  }
}
