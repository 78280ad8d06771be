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
