// A bug of another client, as it would be in this one.
import type { Change } from '@sluice/plants'

/** What the bugs of a class have in common (semantics 4.6). */
export type BugClass = 'duplicate' | 'loss' | 'order' | 'stuck' | 'collateral' | 'destination' | 'memory'

export interface Plant {
  /** For the command line. */
  readonly name: string
  readonly bug: string
  /** Project and number, as in semantics 4; `(code)` for what was seen in code and never reported. */
  readonly origin: string
  readonly class: BugClass
  /** Scenarios that are likely to tell. */
  readonly scenarios: readonly string[]
  readonly changes: readonly Change[]
}
