// Partitions against the Java client's own classes.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partitionOfKey } from '../src/partitioners/keyed.ts'
import { murmur2, murmur2OfText } from '../src/partitioners/murmur2.ts'
import { madeKey, textArbitrary } from '../test/partition-context.ts'
import { partitionsOf, type StickyRun } from '../test/sticky-run.ts'

// Its classes are Kafka's own business, and in 4.4 some have moved.
const version = '4.3.1'
const jars = join(homedir(), '.cache/sluice/kafka-clients', version)
const clientsJar = join(jars, `kafka-clients-${version}.jar`)
const fetchJars = ['-q', '-B', '-ntp', `-Dkafka.version=${version}`, `-Djars=${jars}`, 'process-resources']
const pom = fileURLToPath(new URL('../../../tools/codegen/oracle/pom.xml', import.meta.url))
const program = fileURLToPath(new URL('../../../tools/kafka/oracle/Partitions.java', import.meta.url))
const vectors = fileURLToPath(new URL('../test/vectors/java-partitions.json', import.meta.url))
const classes = mkdtempSync(join(tmpdir(), 'sluice-partitions-'))

function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`${command}: ${stdout}${stderr}`)
  return stdout
}

/** One answer a question. */
function ask<Answer>(questions: readonly unknown[]): Answer[] {
  const main = 'org.apache.kafka.clients.producer.internals.Partitions'
  const input = questions.map(question => JSON.stringify(question)).join('\n')
  const output = run('java', ['-cp', [classes, join(jars, '*')].join(delimiter), main], input)
  return output
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Answer)
}

beforeAll(() => {
  if (!existsSync(clientsJar)) run('mvn', ['-f', pom, ...fetchJars])
  run('javac', ['-cp', join(jars, '*'), '-d', classes, program])
})

afterAll(() => rmSync(classes, { recursive: true }))

const stickyRun: fc.Arbitrary<StickyRun> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.boolean(), fc.boolean())
  .chain(([partitionCount, adaptive, leaderless]) => {
    const queue = fc.integer({ min: leaderless ? -1 : 0, max: 4 })
    const queues = fc.array(queue, { minLength: partitionCount, maxLength: partitionCount })
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const step = fc.record({ queues, chance, bytes: fc.integer({ min: 1, max: 90 }), incomplete: fc.boolean() })
    const steps = fc.array(step, { minLength: 1, maxLength: 40 })
    return steps.map(made => ({ batchSize: 100, partitionCount, adaptive, steps: made }))
  })

describe('keys', () => {
  it('go where the Java client puts them', () => {
    const bytes = fc.sample(fc.uint8Array({ maxLength: 300 }), { numRuns: 10_000, seed: 1 })
    const texts = fc.sample(textArbitrary(40), { numRuns: 10_000, seed: 2 })
    const keys = [...bytes.map(key => Buffer.from(key)), ...texts.map(key => Buffer.from(key))]
    const [answer] = ask<[hash: number, partition: number][]>([
      { keys: keys.map(key => key.toString('hex')), partitionCount: 997 }
    ])
    const ours = [...bytes, ...texts].map(key => [hashOf(key), partitionOfKey(key, 997)])
    expect(answer).toEqual(ours)
  })

  function hashOf(key: Uint8Array | string): number {
    return typeof key === 'string' ? murmur2OfText(key) : murmur2(key)
  }
})

describe('messages without a key', () => {
  it('go from partition to partition as they do in the Java client', () => {
    const runs = fc.sample(stickyRun, { numRuns: 2000, seed: 3 })
    expect(ask<number[]>(runs.map(sticky => ({ sticky })))).toEqual(runs.map(partitionsOf))
  })
})

describe('the committed vectors', () => {
  // With --update they are written anew.
  it('are what the Java client says', async () => {
    const keys = Array.from({ length: 300 }, (_, n) => madeKey(n).toString('hex'))
    const runs = fc.sample(stickyRun, { numRuns: 20, seed: 4 })
    const [hashes, checksum, ...partitions] = ask<unknown>([
      { keys, partitionCount: 997 },
      { checksum: 10_000 },
      ...runs.map(sticky => ({ sticky }))
    ])
    const lines = runs.map((sticky, index) => JSON.stringify({ ...sticky, partitions: partitions[index] }))
    const text = [
      '{ "partitionCount": 997,',
      `  "keys": ${JSON.stringify(hashes)},`,
      `  "checksumOf10000": ${JSON.stringify(checksum)},`,
      `  "sticky": [\n${lines.join(',\n')}\n] }\n`
    ]
    await expect(text.join('\n')).toMatchFileSnapshot(vectors)
  })
})
