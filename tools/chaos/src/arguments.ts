// Reads the options of a chaos run.
import { parseArgs } from 'node:util'

export type Mode = 'idempotent' | 'plain'

export interface ChaosArguments {
  readonly minutes: number
  readonly mode: Mode
  /** Decides what fails when. The timing of the machine still differs from run to run. */
  readonly seed: number
  /** Records per second that are offered, all producers together. */
  readonly rate: number
  /** Collects garbage before it looks at the memory, and compares the last third of the run with the first. */
  readonly soak: boolean
  /** Instead of the faults: all brokers are dead for so many seconds. 0: no. */
  readonly outageSeconds: number
}

export const usage = `pnpm chaos [--minutes N] [--mode idempotent|plain] [--seed S] [--rate R] [--soak]
pnpm chaos --outage SECONDS

  --minutes N   how long the cluster is mistreated; default 2
  --mode M      idempotent (default) or plain
  --seed S      decides what fails when; default: drawn, and printed
  --rate R      records offered per second; default 6000
  --soak        also compares memory and handles of the last third with the first
  --outage S    instead: all brokers are dead for S seconds under load`

/** @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    // pnpm hands the `--` on.
    args: argv.filter(argument => argument !== '--'),
    options: {
      minutes: { type: 'string', default: '2' },
      mode: { type: 'string', default: 'idempotent' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      rate: { type: 'string', default: '6000' },
      soak: { type: 'boolean', default: false },
      outage: { type: 'string', default: '0' }
    }
  })
  const { mode } = values
  if (mode !== 'idempotent' && mode !== 'plain') throw new Error(`--mode is idempotent or plain, not ${mode}`)
  return {
    minutes: positive('minutes', values.minutes),
    mode,
    seed: Number(values.seed),
    rate: positive('rate', values.rate),
    soak: values.soak,
    outageSeconds: values.outage === '0' ? 0 : positive('outage', values.outage)
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} is a number above 0, not ${text}`)
}
