// Reads the fuzzer's few options.
import { parseArgs } from 'node:util'

export type FuzzArguments =
  | { readonly what: 'fuzz'; readonly seconds: number; readonly seed: number; readonly groups: readonly string[] }
  | { readonly what: 'planted'; readonly seconds: number; readonly seed: number }
  | { readonly what: 'replay'; readonly target: string; readonly input: Buffer }

export const usage = `pnpm fuzz --seconds N [--seed S] [--target NAME]...   fuzzes everything, or targets whose names begin so
pnpm fuzz --planted [--seconds N] [--seed S]          shows that planted faults are found, N seconds each at most
pnpm fuzz --replay HEX --target NAME                  one input again`

/** @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): FuzzArguments {
  const { values } = parseArgs({
    // pnpm hands the `--` on.
    args: argv.filter(argument => argument !== '--'),
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      planted: { type: 'boolean', default: false },
      replay: { type: 'string' }
    }
  })
  const { target: groups, replay, planted } = values
  const seconds = whole('--seconds', values.seconds)
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : whole('--seed', values.seed)
  if (replay === undefined)
    return planted ? { what: 'planted', seconds, seed } : { what: 'fuzz', seconds, seed, groups }
  if (planted || groups.length !== 1) throw new Error('--replay goes with one --target')
  if (!/^(?:[0-9a-f]{2})*$/i.test(replay)) throw new Error('--replay takes hexadecimal digits, two for each byte')
  return { what: 'replay', target: groups[0]!, input: Buffer.from(replay, 'hex') }
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`${name} takes a whole number`)
}
