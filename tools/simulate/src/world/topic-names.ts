// Names and ids of topics, also of those that are gone: a topic made anew is another log under the same name.

export interface TopicLog {
  readonly name: string
  /** Unique per incarnation. */
  readonly log: string
}

export class TopicNames {
  readonly #byId = new Map<string, TopicLog>()
  readonly #byName = new Map<string, TopicLog>()

  add(name: string, id: string): void {
    const earlier = [...this.#byId.values()].filter(each => each.name === name).length
    const log = { name, log: earlier === 0 ? name : `${name}#${earlier + 1}` }
    this.#byId.set(id, log)
    this.#byName.set(name, log)
  }

  /** By name: the latest of that name. */
  find(nameOrId: string): TopicLog {
    return this.#byId.get(nameOrId) ?? this.#byName.get(nameOrId) ?? { name: nameOrId, log: nameOrId }
  }
}
