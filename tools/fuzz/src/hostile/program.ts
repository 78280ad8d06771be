// What a hostile broker does, read from an input: three bytes for each of its answers.

export const deeds = [
  'right',
  'silent',
  'endless header',
  'two gibibytes',
  'endless list',
  'byte a second',
  'wrong id',
  'flood',
  'garbage',
  'cut off',
  'mutated',
  'closed',
  'http',
  'tls',
  'in pieces',
  'late',
  'negative length',
  'empty frame'
] as const

export type Deed = (typeof deeds)[number]

export interface Step {
  readonly deed: Deed
  /** 0 to 65,535: how late, how much, which seed. */
  readonly amount: number
}

/** What becomes of an answer to this API, or of a request to which no answer is due. */
export type NextStep = (key: number, unanswered: boolean) => Step

const right: Step = { deed: 'right', amount: 0 }

/** Step by step; after the last one every answer is right. */
export function following(program: Program): NextStep {
  const steps = [...program.steps]
  return (_key, unanswered) => {
    // Where no answer is due only a flood can be done.
    if (unanswered && steps[0]?.deed !== 'flood') return right
    return steps.shift() ?? right
  }
}

export interface Program {
  /** Whatever else there is to choose. */
  readonly flags: number
  readonly steps: readonly Step[]
}

const stepBytes = 3
const mostSteps = 24

export function programOf(input: Uint8Array): Program {
  const steps: Step[] = []
  for (let at = 1; at < input.length && steps.length < mostSteps; at += stepBytes) {
    const deed = deeds[input[at]! % deeds.length]!
    steps.push({ deed, amount: ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0) })
  }
  return { flags: input[0] ?? 0, steps }
}

export function inputOf(flags: number, ...steps: readonly (readonly [deed: Deed, amount?: number])[]): Buffer {
  const bytes = steps.flatMap(([deed, amount = 0]) => [deeds.indexOf(deed), amount >> 8, amount & 255])
  return Buffer.from([flags, ...bytes])
}
