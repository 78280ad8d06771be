// Golden vectors: example messages and the bytes that Kafka's own classes make of them.
import { schemas, type ApiSchema, type Fields } from '@sluice/protocol/schema'
import { kafkaJson } from './kafka-json.ts'
import { askOracle } from './oracle.ts'
import { sampleMessage, sampleNames, type SampleName } from './samples.ts'
import type { Struct, Value } from './reference.ts'

/** One message and its bytes in each version in which it is the same message. */
export interface Vector {
  readonly sample: SampleName | 'unknown tags'
  /** With every field that the versions have. */
  readonly value: Struct
  /** Hexadecimal, by version. */
  readonly bytes: Readonly<Record<string, string>>
}

export interface ApiVectors {
  readonly api: string
  readonly request: readonly Vector[]
  readonly response: readonly Vector[]
}

/** Where the files are, from the root of the repository. */
export const vectorFolder = 'packages/protocol/test/vectors/messages'

interface Question {
  readonly sample: Vector['sample']
  readonly version: number
  readonly value: Struct
  readonly line: string
}

/** Asks for all of them, for every version that the test cluster has. */
export function makeVectors(): ApiVectors[] {
  const asked = schemas.map(schema => ({
    schema,
    request: questions(schema, 'Request', schema.request),
    response: questions(schema, 'Response', schema.response)
  }))
  const lines = asked.flatMap(({ request, response }) => [...request, ...response].map(question => question.line))
  const answers = askOracle(lines)
  let next = 0
  const vectors = (list: readonly Question[]): Vector[] =>
    group(
      list,
      list.map(() => answers[next++]!)
    )
  return asked.map(({ schema, request, response }) => ({
    api: schema.name,
    request: vectors(request),
    response: vectors(response)
  }))
}

function questions(schema: ApiSchema, kind: string, fields: Fields): Question[] {
  const [min, max] = schema.serverVersions
  const message = schema.name + kind
  const list: Question[] = []
  for (const sample of sampleNames) {
    for (let version = min; version <= max; version++) {
      // Long ones only where lengths are written in another way.
      if (sample === 'long' && ![min, schema.flexibleFrom, max].includes(version)) continue
      const value = sampleMessage(sample, fields, version)
      const json = kafkaJson(message, fields, version, value)
      if (sample === 'null lists' && !json.includes(':null')) continue
      list.push({ sample, version, value, line: `encode ${message} ${version} ${json}` })
      if (sample !== 'plain' || version < schema.flexibleFrom) continue
      list.push({ sample: 'unknown tags', version, value, line: `extend ${message} ${version} ${json}` })
    }
  }
  return list
}

function group(list: readonly Question[], answers: readonly string[]): Vector[] {
  const groups = new Map<string, { sample: Vector['sample']; value: Struct; bytes: Record<string, string> }>()
  for (const [index, { sample, version, value }] of list.entries()) {
    const key = `${sample} ${valueText(value)}`
    const known = groups.get(key) ?? { sample, value, bytes: {} }
    known.bytes[version] = answers[index]!
    groups.set(key, known)
  }
  return [...groups.values()]
}

/** The text of a file: JSON with a vector a line, where bigints end with `n` and bytes begin with `bytes:`. */
export function vectorFile({ api, request, response }: ApiVectors): string {
  return `{"api":"${api}",\n"request":[\n${vectorLines(request)}\n],\n"response":[\n${vectorLines(response)}\n]}\n`
}

function vectorLines(vectors: readonly Vector[]): string {
  const lines = vectors.map(
    ({ sample, value, bytes }) => `{"sample":"${sample}","value":${valueText(value)},"bytes":${JSON.stringify(bytes)}}`
  )
  return lines.join(',\n')
}

export function parseVectorFile(text: string): ApiVectors {
  // What a file holds is what `vectorFile` wrote.
  return JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? revive(value) : value)) as ApiVectors
}

function revive(text: string): string | bigint | Uint8Array {
  if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1))
  return text.startsWith('bytes:') ? Buffer.from(text.slice(6), 'hex') : text
}

function valueText(value: Value): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    // JSON.stringify sees a Buffer already changed by its own toJSON, so only plain arrays of bytes are used in samples.
    return inner instanceof Uint8Array ? `bytes:${Buffer.from(inner).toString('hex')}` : inner
  })
}
