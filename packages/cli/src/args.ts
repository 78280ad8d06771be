// Reads the command line into a command with typed options, without judging what only the producer can judge.
import { ProduceAcks } from '@sluice/core'
import { clusterOptions, flag, integer, parse, readCluster, text, texts, type ClusterArgs } from './cluster-args.ts'
import type { Format } from './lines.ts'
import { UsageError } from './shell.ts'

export interface ProduceArgs extends ClusterArgs {
  readonly topic: string
  readonly format: Format
  readonly keyField: string | null
  readonly partition: number | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly acks: ProduceAcks | undefined
  readonly idempotent: boolean | undefined
  readonly autocreate: boolean
  readonly compression: string
  readonly compressionLevel: number | undefined
  readonly lingerMs: number | undefined
  readonly batchBytes: number | undefined
  readonly maxRequestBytes: number
  readonly bufferBytes: number | undefined
  readonly deliveryTimeoutMs: number | undefined
  readonly rejects: string | null
  readonly quiet: boolean
  readonly json: boolean
}

export interface MetadataArgs extends ClusterArgs {
  readonly topics: readonly string[]
  readonly json: boolean
}

export type Command =
  | { readonly name: 'produce'; readonly args: ProduceArgs }
  | { readonly name: 'metadata'; readonly args: MetadataArgs }
  | { readonly name: 'help'; readonly topic: string | null }
  | { readonly name: 'version' }

const produceOptions = {
  ...clusterOptions,
  topic: text,
  format: text,
  'key-field': text,
  partition: text,
  headers: texts,
  acks: text,
  idempotent: flag,
  'no-idempotent': flag,
  autocreate: flag,
  compression: text,
  'compression-level': text,
  linger: text,
  'batch-size': text,
  'max-request-size': text,
  'buffer-memory': text,
  'delivery-timeout': text,
  rejects: text,
  quiet: flag,
  json: flag
} as const

const metadataOptions = { ...clusterOptions, topic: texts, json: flag } as const

/** @throws UsageError when the command line cannot be right */
export function readCommand(argv: readonly string[]): Command {
  const [first, ...rest] = argv
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return { name: 'help', topic: rest[0] ?? null }
  }
  if (first === '--version') return { name: 'version' }
  if (first === 'produce') return readProduce(rest)
  if (first === 'metadata') return readMetadata(rest)
  throw new UsageError(`There is no command "${first}"; the commands are produce and metadata`)
}

function readProduce(argv: readonly string[]): Command {
  const values = parse(argv, produceOptions)
  if (values.help === true) return { name: 'help', topic: 'produce' }
  if (values.version === true) return { name: 'version' }
  if (values.topic === undefined) throw new UsageError('--topic is missing: the topic to produce to')
  const acks = readAcks(values.acks)
  const keyField = values['key-field'] ?? null
  return {
    name: 'produce',
    args: {
      ...readCluster(values),
      topic: values.topic,
      format: readFormat(values.format, keyField),
      keyField,
      partition: integer(values, 'partition'),
      headers: (values.headers ?? []).map(readHeader),
      acks,
      idempotent: readIdempotent(values.idempotent === true, values['no-idempotent'] === true, acks),
      autocreate: values.autocreate ?? false,
      compression: values.compression ?? 'none',
      compressionLevel: integer(values, 'compression-level', /^-?\d{1,6}$/),
      lingerMs: integer(values, 'linger'),
      batchBytes: integer(values, 'batch-size'),
      maxRequestBytes: integer(values, 'max-request-size') ?? 1_048_576,
      bufferBytes: integer(values, 'buffer-memory'),
      deliveryTimeoutMs: integer(values, 'delivery-timeout'),
      rejects: values.rejects ?? null,
      quiet: values.quiet ?? false,
      json: values.json ?? false
    }
  }
}

function readMetadata(argv: readonly string[]): Command {
  const values = parse(argv, metadataOptions)
  if (values.help === true) return { name: 'help', topic: 'metadata' }
  if (values.version === true) return { name: 'version' }
  return { name: 'metadata', args: { ...readCluster(values), topics: values.topic ?? [], json: values.json ?? false } }
}

function readFormat(given: string | undefined, keyField: string | null): Format {
  const format = given ?? (keyField === null ? 'raw' : 'json')
  if (format !== 'raw' && format !== 'json' && format !== 'tab') {
    throw new UsageError(`--format is raw, json or tab, not "${format}"`)
  }
  if (keyField !== null && format !== 'json') throw new UsageError('--key-field needs --format json')
  return format
}

function readHeader(header: string): readonly [string, string] {
  const at = header.indexOf('=')
  if (at < 1) throw new UsageError(`--headers takes NAME=VALUE, not "${header}"`)
  return [header.slice(0, at), header.slice(at + 1)]
}

function readIdempotent(wanted: boolean, refused: boolean, acks: ProduceAcks | undefined): boolean | undefined {
  if (wanted && refused) throw new UsageError('--idempotent and --no-idempotent exclude each other')
  if (wanted && acks !== undefined && acks !== ProduceAcks.ALL) throw new UsageError('--idempotent needs --acks all')
  return wanted || refused ? wanted : undefined
}

function readAcks(given: string | undefined): ProduceAcks | undefined {
  if (given === undefined) return undefined
  const acks = new Map<string, ProduceAcks>([
    ['all', ProduceAcks.ALL],
    ['-1', ProduceAcks.ALL],
    ['leader', ProduceAcks.LEADER],
    ['1', ProduceAcks.LEADER],
    ['none', ProduceAcks.NO_RESPONSE],
    ['0', ProduceAcks.NO_RESPONSE]
  ]).get(given)
  if (acks === undefined) throw new UsageError(`--acks is all, leader (1) or none (0), not "${given}"`)
  return acks
}
