// What the oracle claims about a run: how often it had something to judge, and what was wrong.

/** As in semantics 5.3; `specific` is what a scenario claims besides. I12 is of transactions. */
export const invariants = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I13',
  'I14',
  'I15',
  'specific'
] as const

export type InvariantId = (typeof invariants)[number]

export interface Violation {
  readonly id: InvariantId
  readonly text: string
}

const mostViolations = 20

export class Claims {
  readonly judged: Map<InvariantId, number> = new Map()
  readonly violations: Violation[] = []

  /** One thing that was judged. The text is only made when it does not hold. */
  check(id: InvariantId, holds: boolean, text: () => string): void {
    this.judged.set(id, (this.judged.get(id) ?? 0) + 1)
    if (!holds && this.violations.length < mostViolations) this.violations.push({ id, text: text() })
  }
}
