// The generated codecs against bytes that Kafka's own classes have made.
import { readdirSync, readFileSync } from 'node:fs'
import { schemas } from '@sluice/protocol/schema'
import { describe, expect, test } from 'vitest'
import { root } from '../src/format.ts'
import { parseVectorFile, vectorFolder, type ApiVectors } from '../src/vectors.ts'
import { codecs, type Codec } from './apis.ts'
import { plain } from './plain.ts'

const files = readdirSync(root + vectorFolder)
const byApi = new Map<string, ApiVectors>(
  files
    .map(name => parseVectorFile(readFileSync(`${root}${vectorFolder}/${name}`, 'utf8')))
    .map(file => [file.api, file])
)

interface Example {
  readonly sample: string
  readonly version: number
  readonly value: ApiVectors['request'][number]['value']
  readonly hex: string
}

/** Every vector for the versions that a codec has. */
function examples({ schema, kind, versions: [min, max] }: Codec): Example[] {
  const file = byApi.get(schema.name)!
  const vectors = kind === 'Request' ? file.request : file.response
  return vectors
    .flatMap(({ sample, value, bytes }) =>
      Object.entries(bytes).map(([version, hex]) => ({ sample, version: Number(version), value, hex }))
    )
    .filter(({ version }) => version >= min && version <= max)
}

test('there are vectors of every sample for every version of every API', () => {
  const missing = codecs.flatMap(codec => {
    const found = examples(codec)
    const [min, max] = codec.versions
    const wanted = ['defaults', 'plain', 'nulls', 'unicode', 'limits']
    const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index)
    const pairs = versions.flatMap(version => [
      ...wanted.map(sample => ({ sample, version })),
      ...(version >= codec.schema.flexibleFrom ? [{ sample: 'unknown tags', version }] : [])
    ])
    return pairs
      .filter(pair => !found.some(example => example.sample === pair.sample && example.version === pair.version))
      .map(pair => `${codec.title}, version ${pair.version}: ${pair.sample}`)
  })
  expect(missing).toEqual([])
  expect([...byApi.keys()].toSorted()).toEqual(schemas.map(schema => schema.name).toSorted())
})

describe.each(codecs.filter(codec => codec.write !== undefined))("$title, as by Kafka's classes", codec => {
  test.each(examples(codec).filter(({ sample }) => sample !== 'unknown tags'))(
    'version $version, $sample',
    ({ version, value, hex }) => {
      expect(Buffer.from(codec.write!(value, version)).toString('hex')).toBe(hex)
    }
  )
})

describe.each(codecs.filter(codec => codec.read !== undefined))("$title, as by Kafka's classes", codec => {
  test.each(examples(codec))('version $version, $sample', ({ version, value, hex }) => {
    const [found, left] = codec.read!(Buffer.from(hex, 'hex'), version)
    expect(plain(found)).toMatchObject(plain(value) as object)
    expect(left).toBe(0)
  })
})
