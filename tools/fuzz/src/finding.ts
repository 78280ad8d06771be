// What the fuzzer looks for: a claim about a decoder that an input has refuted.

export type FindingKind =
  /** Something else than a typed error came out. */
  | 'untyped'
  /** An error of a class that does not belong here. */
  | 'wrong error'
  /** A value that is not what the bytes say. */
  | 'wrong value'
  /** More memory than the input and its limit allow. */
  | 'memory'
  | 'slow'
  | 'hang'
  | 'pollution'
  /** The input itself was changed. */
  | 'input changed'
  /** A call that did not end, or ended late. */
  | 'no end'
  /** Something that should not have been touched by it. */
  | 'side effect'

export class Finding extends Error {
  readonly kind: FindingKind

  constructor(kind: FindingKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Finding'
    this.kind = kind
  }
}

/** A finding as it travels between threads and is printed. */
export interface Report {
  readonly target: string
  readonly kind: FindingKind
  readonly message: string
  readonly hex: string
  readonly executions: number
}
