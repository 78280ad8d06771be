// The inputs of one target: those worth keeping, and the next one to try.
import type { MaybePromise } from '@sluice/core'
import type { Allocations } from './allocations.ts'
import { Dice } from './dice.ts'
import { execute } from './execute.ts'
import { Finding } from './finding.ts'
import { mostInputBytes, mutate } from './mutate.ts'
import { nameOf, type Span, type Target } from './target.ts'

const mostKept = 400
const mostKinds = 5_000

/** Every target has its own chance, so that its inputs depend on the seed and nothing else. */
export class Strand {
  readonly target: Target
  readonly name: string
  executions = 0
  readonly #dice: Dice
  readonly #kept: Uint8Array[]
  readonly #spans = new WeakMap<Uint8Array, readonly Span[]>()
  /** What has happened so far, in the words of `run`. */
  readonly #kinds = new Set<string>()

  constructor(target: Target, seed: number) {
    this.target = target
    this.name = nameOf(target)
    this.#dice = new Dice(seed, this.name)
    this.#kept = [...target.seeds()]
  }

  get kept(): number {
    return this.#kept.length
  }

  get kinds(): number {
    return this.#kinds.size
  }

  next(): Uint8Array {
    // The seeds as they are come first.
    const seed = this.executions < this.#kept.length ? this.#kept[this.executions] : undefined
    if (seed !== undefined) return seed
    const { target } = this
    const dice = this.#dice
    const fresh = target.grow !== undefined && dice.chance(0.15) ? target.grow(dice) : null
    if (fresh !== null && dice.chance(0.2)) return fresh.subarray(0, mostInputBytes)
    const from = fresh ?? dice.pick(this.#kept)
    const made = mutate(from, { dice, others: this.#kept, spans: dice.chance(0.6) ? this.#spansOf(from) : [] })
    return target.repair !== undefined && dice.chance(0.7) ? target.repair(made) : made
  }

  /** @throws Finding */
  execute(input: Uint8Array, allocations: Allocations): MaybePromise<void> {
    this.executions++
    const happened = execute(this.target, input, allocations)
    if (typeof happened === 'string') return this.#note(happened, input)
    return happened.then(later => this.#note(later, input))
  }

  /** Those of inputs that are kept are asked for again and again. */
  #spansOf(input: Uint8Array): readonly Span[] {
    let spans = this.#spans.get(input)
    if (spans === undefined) this.#spans.set(input, (spans = this.target.spans?.(input) ?? []))
    return spans
  }

  #note(happened: string, input: Uint8Array): void {
    if (this.#kinds.has(happened) || this.#kinds.size >= mostKinds) return
    this.#kinds.add(happened)
    if (this.#kept.length < mostKept) this.#kept.push(input)
    else this.#kept[this.#dice.below(mostKept)] = input
  }
}

/** The finding that an input makes, null if it makes none. */
export async function findingOf(target: Target, input: Uint8Array, allocations: Allocations): Promise<Finding | null> {
  try {
    await execute(target, input, allocations)
    return null
  } catch (thrown) {
    return asFinding(thrown)
  }
}

/** An error of the fuzzer itself is none. */
export function asFinding(thrown: unknown): Finding {
  if (thrown instanceof Finding) return thrown
  throw thrown
}
