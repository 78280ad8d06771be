// Our schema against Kafka's own definitions of its messages, field by field.
import { forever, schemas, type ApiSchema } from '@sluice/protocol/schema'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  definitionFacts,
  parseDefinition,
  parseVersions,
  schemaFacts,
  type KafkaDefinition
} from '../src/kafka-definition.ts'
import { askOracle } from '../src/oracle.ts'

const definitions = new Map<string, KafkaDefinition>()

beforeAll(() => {
  const names = schemas.flatMap(({ name }) => [`${name}Request`, `${name}Response`])
  const answers = askOracle(names.map(name => `definition ${name}`))
  // An answer is a JSON string that holds the text of the definition.
  for (const [index, name] of names.entries())
    definitions.set(name, parseDefinition(JSON.parse(answers[index]!) as string))
})

function serverRange({ serverVersions: [min, max] }: ApiSchema): { min: number; max: number } {
  return { min, max }
}

describe.each(schemas)('$name', schema => {
  test.each(['Request', 'Response'] as const)('has the fields of Kafka: %s', kind => {
    const definition = definitions.get(schema.name + kind)!
    const ours = schemaFacts(
      schema.name + kind,
      kind === 'Request' ? schema.request : schema.response,
      serverRange(schema)
    )
    expect(ours).toEqual(definitionFacts(definition, serverRange(schema)))
  })

  test('has the key and the versions of Kafka', () => {
    const request = definitions.get(`${schema.name}Request`)!
    const { min, max } = parseVersions(request.validVersions)
    const stable = request.latestVersionUnstable === true ? max - 1 : max
    expect(schema.key).toBe(request.apiKey)
    expect(schema.serverVersions).toEqual([min, stable])
    expect(Math.min(parseVersions(request.flexibleVersions).min, forever)).toBe(schema.flexibleFrom)
  })
})
