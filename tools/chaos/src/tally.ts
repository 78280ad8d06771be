// Counts what was done to the cluster, by name.

export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  /** Of this name, or of all that begin with it. */
  of(prefix: string): number {
    let sum = 0
    for (const [name, count] of this.#counts) if (name.startsWith(prefix)) sum += count
    return sum
  }

  get lines(): readonly string[] {
    return [...this.#counts].toSorted(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name}: ${count}`)
  }
}
