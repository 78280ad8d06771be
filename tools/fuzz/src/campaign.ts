// Fuzzes targets in turn, each for a slice of time, until the time is up.
import { Allocations } from './allocations.ts'
import type { Blackboard } from './blackboard.ts'
import type { Report } from './finding.ts'
import { minimise } from './minimise.ts'
import { asFinding, findingOf, Strand } from './strand.ts'
import { nameOf, type Target } from './target.ts'

const sliceMs = 12
const minimiseTries = 600
/** Slow targets are not worth as many tries. */
const minimiseMs = 5000
const slowTries = 4
const mostFindings = 20
/** How often other tasks of the thread get their turn, so that messages leave. */
const breathMs = 250

export interface CampaignOptions {
  readonly seed: number
  readonly seconds: number
  /** Ends with so many executions of each target, whatever the time. */
  readonly executions?: number | undefined
  readonly stopAtFirst: boolean
  readonly onFinding: (report: Report) => void
  readonly blackboard?: Blackboard | undefined
}

/** What became of one target. */
export interface Count {
  readonly name: string
  readonly group: string
  readonly variant: string
  readonly executions: number
  /** Inputs worth keeping, and different things that happened. */
  readonly kept: number
  readonly kinds: number
}

export class Campaign {
  readonly #strands: readonly Strand[]
  readonly #options: CampaignOptions
  readonly #allocations = new Allocations()
  /** By target, kind and place, so that one fault is told once. */
  readonly #told = new Set<string>()
  #executions = 0
  #findings = 0

  constructor(targets: readonly Target[], options: CampaignOptions) {
    this.#strands = targets.map(target => new Strand(target, options.seed))
    this.#options = options
  }

  get counts(): Count[] {
    return this.#strands.map(({ name, target, executions, kept, kinds }) => {
      const { group, variant } = target
      return { name, group, variant, executions, kept, kinds }
    })
  }

  async run(): Promise<Count[]> {
    const endMs = performance.now() + this.#options.seconds * 1000
    this.#allocations.watch()
    try {
      let breatheAtMs = performance.now() + breathMs
      while (performance.now() < endMs && !this.#done) {
        for (const strand of this.#strands) {
          // Slices come one after another.
          // oxlint-disable-next-line no-await-in-loop
          await this.#slice(strand, Math.min(endMs, performance.now() + sliceMs))
          if (performance.now() < breatheAtMs) continue
          breatheAtMs = performance.now() + breathMs
          // oxlint-disable-next-line no-await-in-loop
          await new Promise(resolve => setImmediate(resolve))
        }
      }
    } finally {
      this.#allocations.restore()
    }
    return this.counts
  }

  get #done(): boolean {
    const { stopAtFirst, executions = Infinity } = this.#options
    if (this.#findings >= (stopAtFirst ? 1 : mostFindings)) return true
    return this.#strands.every(strand => strand.executions >= executions)
  }

  async #slice(strand: Strand, endMs: number): Promise<void> {
    const { executions = Infinity } = this.#options
    do {
      if (this.#done || strand.executions >= executions) return
      const input = strand.next()
      this.#executions++
      this.#options.blackboard?.write(strand.name, this.#executions, input)
      try {
        const executed = strand.execute(input, this.#allocations)
        // Most targets answer at once, and then there is nothing to wait for.
        // oxlint-disable-next-line no-await-in-loop
        if (executed instanceof Promise) await executed
      } catch (thrown) {
        // oxlint-disable-next-line no-await-in-loop -- it ends the slice
        return await this.#found(strand, input, thrown)
      }
    } while (performance.now() < endMs)
  }

  async #found({ target }: Strand, input: Uint8Array, thrown: unknown): Promise<void> {
    const executions = this.#executions
    const { kind, message } = asFinding(thrown)
    // A busy machine makes an execution slow once, and not again.
    if (kind === 'slow' && !(await this.#alwaysSlow(target, input))) return
    const place = `${nameOf(target)} ${kind} ${message.replace(/\d+/g, '#').slice(0, 60)}`
    if (this.#told.has(place)) return
    this.#told.add(place)
    this.#findings++
    const startedMs = performance.now()
    const stillFails = async (candidate: Uint8Array): Promise<boolean> =>
      performance.now() - startedMs < minimiseMs &&
      (await findingOf(target, candidate, this.#allocations))?.kind === kind
    const least = await minimise(input, stillFails, minimiseTries)
    const finding = (await findingOf(target, least, this.#allocations)) ?? {
      kind,
      message: `${message} (not every time)`
    }
    const hex = Buffer.from(least).toString('hex')
    this.#options.onFinding({ target: nameOf(target), kind: finding.kind, message: finding.message, hex, executions })
  }

  async #alwaysSlow(target: Target, input: Uint8Array): Promise<boolean> {
    for (let again = 0; again < slowTries; again++) {
      // oxlint-disable-next-line no-await-in-loop -- alone, so that nothing else takes the time
      if ((await findingOf(target, input, this.#allocations))?.kind !== 'slow') return false
    }
    return true
  }
}
