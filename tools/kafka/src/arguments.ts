// What the command line asks for.
import { parseArgs } from 'node:util'

import { UsageError } from './failures.ts'
import { defaultVersion, releaseOf } from './versions.ts'

const nodeActions = ['kill', 'pause', 'resume', 'restart'] as const

export type NodeAction = (typeof nodeActions)[number]

export type Command =
  | { readonly do: 'help' }
  | {
      readonly do: 'start'
      readonly name: string
      readonly nodes: number
      readonly version: string
      readonly port: number | null
      readonly isolated: boolean
      readonly properties: Readonly<Record<string, string>>
    }
  | { readonly do: 'stop'; readonly names: readonly string[] | 'all' }
  | { readonly do: 'status'; readonly names: readonly string[] | 'all' }
  | { readonly do: NodeAction; readonly name: string; readonly node: number }

export const defaultName = 'default'

export const usage: string = `Runs Apache Kafka itself on this machine, without Docker.

pnpm kafka start [--nodes 1|3] [--version ${defaultVersion}] [--name NAME] [--port BASE]
                 [--isolated] [--property NAME=VALUE]...
pnpm kafka status [--name NAME]
pnpm kafka stop [--name NAME | --all]
pnpm kafka kill N [--name NAME]       SIGKILL: a crash
pnpm kafka pause N [--name NAME]      SIGSTOP: connections stay open, nothing is answered
pnpm kafka resume N [--name NAME]
pnpm kafka restart N [--name NAME]    in good order if it runs, else it is started again

  --nodes      brokers, each also a controller (default 1)
  --isolated   one more node, number 100, is the only controller
  --port       first port; ten are set aside for each node (default: free ones)
  --property   one more line of server.properties
  --name       several clusters can run at once (default: ${defaultName})

\`start\` prints the bootstrap address on standard output and everything else on standard error.
The first start of a release needs Java 17, Maven and Maven Central, later ones need Java alone.
`

const options = {
  nodes: { type: 'string' },
  version: { type: 'string' },
  name: { type: 'string' },
  port: { type: 'string' },
  property: { type: 'string', multiple: true },
  isolated: { type: 'boolean' },
  all: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
} as const

type OptionName = keyof typeof options
type Given = ReturnType<typeof parse>['values']

const allowed: Readonly<Record<Exclude<Command['do'], 'help'>, readonly OptionName[]>> = {
  start: ['nodes', 'version', 'name', 'port', 'property', 'isolated'],
  stop: ['name', 'all'],
  status: ['name'],
  kill: ['name'],
  pause: ['name'],
  resume: ['name'],
  restart: ['name']
}

/** @throws UsageError that says which argument is wrong and what would be right */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args)
  const [word, ...rest] = positionals
  if (word === undefined || word === 'help' || values.help === true) return { do: 'help' }
  if (!isAction(word)) throw new UsageError(`Unknown command: ${word} (one of ${Object.keys(allowed).join(', ')})`)
  for (const name of Object.keys(values) as OptionName[]) {
    if (!allowed[word].includes(name)) throw new UsageError(`${word} takes no --${name}`)
  }
  const name = values.name ?? defaultName
  if (isNodeAction(word)) {
    refuseMore(word, rest, 1)
    return { do: word, name, node: nodeNumber(word, rest[0]) }
  }
  refuseMore(word, rest, 0)
  if (word === 'start') return startCommand(values, name)
  if (word === 'status') return { do: 'status', names: values.name === undefined ? 'all' : [name] }
  if (values.all === true && values.name !== undefined) throw new UsageError('stop takes --name or --all, not both')
  return { do: 'stop', names: values.all === true ? 'all' : [name] }
}

function parse(
  args: readonly string[]
): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const isNodeAction = (word: string): word is NodeAction => nodeActions.some(action => action === word)

const isAction = (word: string): word is keyof typeof allowed => Object.hasOwn(allowed, word)

function startCommand(given: Given, name: string): Command {
  const version = given.version ?? defaultVersion
  releaseOf(version)
  return {
    do: 'start',
    name,
    version,
    nodes: given.nodes === undefined ? 1 : wholeNumber('--nodes', given.nodes, 1, 9),
    port: given.port === undefined ? null : wholeNumber('--port', given.port, 1024, 65_000),
    isolated: given.isolated ?? false,
    properties: Object.fromEntries((given.property ?? []).map(property))
  }
}

function property(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--property wants NAME=VALUE, not ${text}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function wholeNumber(what: string, text: string, low: number, high: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value >= low && value <= high) return value
  throw new UsageError(`${what} wants a whole number from ${low} to ${high}, not ${text}`)
}

function nodeNumber(word: string, text: string | undefined): number {
  if (text === undefined) throw new UsageError(`${word} wants the number of a node, for example: ${word} 1`)
  return wholeNumber(word, text, 1, 999)
}

function refuseMore(word: string, rest: readonly string[], limit: number): void {
  if (rest.length > limit) throw new UsageError(`${word} does not know what to do with: ${rest.slice(limit).join(' ')}`)
}
