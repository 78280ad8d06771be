// Reads the options of a chaos run.
import { parseArgs } from 'node:util'

export type Mode = 'idempotent' | 'plain'

export interface ChaosArguments {
  readonly minutes: number
  /** Each has producers, topics and proxies of its own, before the same cluster. */
  readonly modes: readonly Mode[]
  /** Decides what fails when. The timing of the machine still differs from run to run. */
  readonly seed: number
  /** Records per second that are offered in each mode, all its producers together. */
  readonly rate: number
  /** Instead of the faults: all brokers are dead for so many seconds. 0: no. */
  readonly outageSeconds: number
  /** Milliseconds that a record may take; null: enough for whatever the run does to the cluster. */
  readonly deliveryTimeout: number | null
  /** Where everything that was seen is kept; null: nowhere. */
  readonly json: string | null
}

export const usage = `pnpm chaos [--minutes N] [--mode idempotent|plain|both] [--seed S] [--rate R] [--json FILE]
pnpm chaos --outage SECONDS [--delivery-timeout MS] [--mode ...] [--seed S] [--rate R]

  --minutes N            how long the cluster is mistreated; default 2
  --mode M               idempotent (default), plain, or both at once
  --seed S               decides what fails when; default: drawn, and printed
  --rate R               records offered per second in each mode; default 6000. Half of it must be acknowledged
  --outage S             instead: all brokers are dead for S seconds under load
  --delivery-timeout MS  how long a record may take; default: 120000, and the outage on top. Shorter than the outage: then
                         records may fail, and what their errors say of them is held against the log
  --json FILE            everything that was seen, with the samples of memory, sockets and timers`

const modesByName: Readonly<Record<string, readonly Mode[]>> = {
  idempotent: ['idempotent'],
  plain: ['plain'],
  both: ['idempotent', 'plain']
}

/** @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    // pnpm hands the `--` on.
    args: argv.filter(argument => argument !== '--'),
    options: {
      minutes: { type: 'string', default: '2' },
      mode: { type: 'string', default: 'idempotent' },
      seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) },
      rate: { type: 'string', default: '6000' },
      outage: { type: 'string', default: '0' },
      'delivery-timeout': { type: 'string' },
      json: { type: 'string' }
    }
  })
  const modes = Object.hasOwn(modesByName, values.mode) ? modesByName[values.mode] : undefined
  if (modes === undefined) throw new Error(`--mode is idempotent, plain or both, not ${values.mode}`)
  const limit = values['delivery-timeout']
  return {
    minutes: positive('minutes', values.minutes),
    modes,
    seed: positive('seed', values.seed),
    rate: positive('rate', values.rate),
    outageSeconds: values.outage === '0' ? 0 : positive('outage', values.outage),
    deliveryTimeout: limit === undefined ? null : positive('delivery-timeout', limit),
    json: values.json ?? null
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} is a number above 0, not ${text}`)
}
