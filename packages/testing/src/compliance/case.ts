// What a compliance suite is made of: plain data, for any test runner or none.

export interface ComplianceCase<Setup> {
  /** What a good implementation does, as a sentence about it. */
  readonly name: string
  /** Rejects with an Error that says what went wrong. Needs no `this`. */
  readonly run: (setup: Setup) => Promise<void>
}
