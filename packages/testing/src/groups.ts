// All consumer groups of the cluster, made when they are first named.
import type { Clock } from '@sluice/core'
import { Group } from './group.ts'

export class Groups {
  readonly #clock: Clock
  readonly #uuid: () => string
  readonly #groups = new Map<string, Group>()

  constructor(clock: Clock, uuid: () => string) {
    this.#clock = clock
    this.#uuid = uuid
  }

  group(id: string): Group {
    const known = this.#groups.get(id)
    if (known !== undefined) return known
    const group = new Group(this.#clock)
    this.#groups.set(id, group)
    return group
  }

  /** The topic is gone, and what was committed for it with it. */
  forget(topic: string): void {
    for (const group of this.#groups.values()) group.forget(topic)
  }

  newMemberId(clientId: string | null): string {
    return `${clientId ?? 'consumer'}-${this.#uuid()}`
  }

  stop(): void {
    for (const group of this.#groups.values()) group.stop()
  }
}
