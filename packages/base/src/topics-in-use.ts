// Which topics metadata is kept fresh for, and when one is forgotten.

/** Who knows what topics are used for. */
export interface TopicKeeper {
  /** Monotonic, when the topic was last used; Infinity while it is, -Infinity if it never was. */
  lastUsedMs(topic: string): number
  /** Nothing is known of the topic any more: who needs it must ask for it again. Must not throw. */
  forgotten(topic: string): void
}

/** @see metadata.max.idle.ms of the Java producer */
const idleMs = 300_000

export class TopicsInUse {
  /** When each was last asked for, monotonic. */
  readonly #askedMs = new Map<string, number>()
  readonly #keepers = new Set<TopicKeeper>()

  names(): Iterable<string> {
    return this.#askedMs.keys()
  }

  has(topic: string): boolean {
    return this.#askedMs.has(topic)
  }

  add(topic: string, nowMs: number): void {
    this.#askedMs.set(topic, nowMs)
  }

  delete(topic: string): void {
    this.#askedMs.delete(topic)
  }

  /** Returns the undo. */
  retain(keeper: TopicKeeper): () => void {
    this.#keepers.add(keeper)
    return () => void this.#keepers.delete(keeper)
  }

  /**
   * Takes out and gives those that nobody used or asked for in five minutes. Without a keeper all are kept.
   *
   * @param awaited whether somebody still waits for the topic
   */
  expire(nowMs: number, awaited: (topic: string) => boolean): readonly string[] {
    if (this.#keepers.size === 0) return []
    const expired: string[] = []
    for (const [topic, askedMs] of this.#askedMs) {
      if (nowMs - askedMs >= idleMs && nowMs - this.#lastUsedMs(topic) >= idleMs && !awaited(topic)) expired.push(topic)
    }
    for (const topic of expired) this.#forget(topic)
    return expired
  }

  #lastUsedMs(topic: string): number {
    let lastMs = -Infinity
    for (const keeper of this.#keepers) lastMs = Math.max(lastMs, keeper.lastUsedMs(topic))
    return lastMs
  }

  #forget(topic: string): void {
    this.delete(topic)
    for (const keeper of this.#keepers) keeper.forgotten(topic)
  }
}
