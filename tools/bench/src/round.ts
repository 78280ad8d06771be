// One round: all clients are there at once, and work in turn.
import { ClientProcess, type ClientOptions } from './client-process.ts'
import type { Outcome } from './outcome.ts'

export interface Entrant {
  readonly name: string
  readonly options: ClientOptions
}

export interface RoundRules {
  /** Of each client, in all its turns together. */
  readonly measureMs: number
  /** At which latencies are taken, in messages a second; null where each is to take half of what it has reached. */
  rate(reached: readonly Reached[]): number | null
  failed(name: string, error: unknown): void
}

export interface Reached {
  readonly name: string
  readonly perSecond: number
}

/** A machine that others use as well is faster and slower by the second: turns had better be shorter than that. */
const turns = 10

/** @returns by name; whoever failed is not in it */
export async function runRound(entrants: readonly Entrant[], rules: RoundRules): Promise<ReadonlyMap<string, Outcome>> {
  const round = new Round(rules)
  try {
    for (const entrant of entrants) await round.enter(entrant)
    const turnMs = Math.ceil(rules.measureMs / turns)
    for (let turn = 0; turn < turns; turn++) await round.each(client => client.measure(turnMs))
    return await round.finish()
  } finally {
    round.end()
  }
}

class Round {
  readonly #rules: RoundRules
  readonly #clients = new Map<string, ClientProcess>()

  constructor(rules: RoundRules) {
    this.#rules = rules
  }

  /** Until it stands still: then the next one may come. */
  async enter({ name, options }: Entrant): Promise<void> {
    const client = new ClientProcess(options)
    this.#clients.set(name, client)
    await this.#attempt(name, () => client.warmUp())
  }

  async each(turn: (client: ClientProcess, name: string) => Promise<void>): Promise<void> {
    for (const [name, client] of [...this.#clients]) await this.#attempt(name, () => turn(client, name))
  }

  async finish(): Promise<ReadonlyMap<string, Outcome>> {
    const reached = [...this.#clients].map(([name, client]) => ({ name, perSecond: client.perSecond() }))
    const rate = this.#rules.rate(reached)
    const outcomes = new Map<string, Outcome>()
    await this.each(async (client, name) => {
      await client.takeLatencies(rate ?? client.perSecond() / 2)
      // At once: one that is behind has much to send yet.
      outcomes.set(name, await client.finish())
    })
    return outcomes
  }

  end(): void {
    for (const client of this.#clients.values()) client.kill()
  }

  async #attempt(name: string, turn: () => Promise<void>): Promise<void> {
    try {
      await turn()
    } catch (error) {
      // What it has left on its way to the broker, and its end, are not to be another's.
      await this.#clients.get(name)?.end()
      this.#clients.delete(name)
      this.#rules.failed(name, error)
    }
  }
}
