// The committed vectors are what Kafka's classes say today, and those classes read what the schema writes.
import { readFileSync } from 'node:fs'
import { schemas, type ApiSchema, type Fields } from '@sluice/protocol/schema'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kebab } from '../src/emit-module.ts'
import { root } from '../src/format.ts'
import { askOracle } from '../src/oracle.ts'
import { encode } from '../src/reference.ts'
import { makeVectors, vectorFile, vectorFolder } from '../src/vectors.ts'
import { arbitraryMessage } from '../test/arbitrary-message.ts'

const seed = 20_260_302
const messagesPerVersion = 50

/** Requests for random messages of every version. */
function echoes({ serverVersions: [min, max], flexibleFrom }: ApiSchema, message: string, fields: Fields): string[] {
  const lines: string[] = []
  for (let version = min; version <= max; version++) {
    for (const value of fc.sample(arbitraryMessage(fields, version), {
      numRuns: messagesPerVersion,
      seed: seed + version
    })) {
      lines.push(
        `echo ${message} ${version} ${Buffer.from(encode(fields, flexibleFrom, version, value)).toString('hex')}`
      )
    }
  }
  return lines
}

describe('the vectors', () => {
  const made = new Map(makeVectors().map(vectors => [vectors.api, vectorFile(vectors)]))

  test.each(schemas)('of $name are up to date: else run `pnpm vectors`', ({ name }) => {
    expect(readFileSync(`${root}${vectorFolder}/${kebab(name)}.json`, 'utf8')).toBe(made.get(name))
  })
})

describe("Kafka's classes", () => {
  const directions = schemas.flatMap(schema => [
    { message: `${schema.name}Request`, lines: echoes(schema, `${schema.name}Request`, schema.request) },
    { message: `${schema.name}Response`, lines: echoes(schema, `${schema.name}Response`, schema.response) }
  ])
  const everything = directions.flatMap(({ lines }) => lines)
  const answers = new Map(askOracle(everything).map((answer, index) => [everything[index]!, answer]))

  test.each(directions)('read random messages and write them again: $message', ({ lines }) => {
    expect(lines.map(line => answers.get(line))).toEqual(lines.map(line => line.split(' ')[3]))
  })
})
