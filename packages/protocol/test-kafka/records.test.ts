// Record batches against Kafka's own classes: what one writes the other reads, to the byte.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isKafkaError } from '@sluice/core'
import { BatchWriter, copyRecords, readBatches, readBatchHeader, verifyBatch } from '@sluice/protocol'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  finish,
  hexOf,
  noIdentity,
  recordArbitrary,
  TrackedMemory,
  writeBatch,
  type Identity,
  type RecordModel
} from '../test/record-model.ts'
import { jsonOf, vectorBatches } from '../test/record-vectors.ts'

// Its classes are Kafka's own business, and in 4.4 some have moved.
const version = '4.3.1'
const jars = join(homedir(), '.cache/sluice/kafka-clients', version)
const clientsJar = join(jars, `kafka-clients-${version}.jar`)
const fetchJars = ['-q', '-B', '-ntp', `-Dkafka.version=${version}`, `-Djars=${jars}`, 'process-resources']
const pom = fileURLToPath(new URL('../../../tools/codegen/oracle/pom.xml', import.meta.url))
const program = fileURLToPath(new URL('../../../tools/kafka/oracle/RecordBatches.java', import.meta.url))
const vectors = fileURLToPath(new URL('../test/vectors/record-batches.json', import.meta.url))

/** As RecordBatches.java describes a batch. */
interface KafkaBatch {
  readonly recordCount: number
  readonly records: readonly {
    offset: string
    timestamp: string
    key: string | null
    value: string | null
    headers: unknown
  }[]
}

/** One answer a question: batches to "read", bytes to "write", an error to either. */
function ask<Answer = { readonly bytes: string }>(questions: readonly unknown[]): Answer[] {
  const input = questions.map(question => JSON.stringify(question)).join('\n')
  const { status, stdout, stderr } = spawnSync('java', ['-cp', join(jars, '*'), program], {
    input,
    maxBuffer: 2 ** 30,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Answer)
}

const timestamp = fc.oneof(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_200 }), fc.maxSafeNat())
/** Kafka's header keys are text. */
const record = recordArbitrary(timestamp).map(made => ({
  ...made,
  headers: made.headers.map(([key, value]) => [typeof key === 'string' ? key : (hexOf(key) ?? ''), value] as const)
}))
const identity: fc.Arbitrary<Identity> = fc.oneof(
  fc.constant(noIdentity),
  fc.record({
    producerId: fc.maxSafeNat().map(BigInt),
    producerEpoch: fc.nat(32_767),
    baseSequence: fc.nat(2 ** 31 - 1),
    transactional: fc.boolean()
  })
)
const batches = fc.sample(fc.tuple(fc.array(record, { minLength: 1, maxLength: 10 }), identity), {
  numRuns: 400,
  seed: 431
})

function writeQuestion(records: readonly RecordModel[], { producerId, ...rest }: Identity): unknown {
  return { write: { producerId: Number(producerId), ...rest, records: jsonOf(records) } }
}

beforeAll(() => {
  if (existsSync(clientsJar)) return
  const fetched = spawnSync('mvn', ['-f', pom, ...fetchJars], {
    encoding: 'utf8'
  })
  if (fetched.status !== 0) throw new Error(fetched.stdout + fetched.stderr)
})

describe("record batches and Kafka's own classes", () => {
  it('are the same bytes', () => {
    const answers = ask(batches.map(([records, who]) => writeQuestion(records, who)))
    const ours = batches.map(([records, who]) => writeBatch(records, who).toString('hex'))
    expect(answers.map(answer => answer.bytes)).toEqual(ours)
  })

  it('are read there as they were meant here', () => {
    const answers = ask<KafkaBatch[]>(
      batches.map(([records, who]) => ({ read: writeBatch(records, who).toString('hex') }))
    )
    for (const [index, [records, who]] of batches.entries()) {
      const batch = answers[index]?.[0]
      expect(batch).toMatchObject({
        recordCount: records.length,
        codecId: 0,
        baseTimestamp: String(records[0]?.timestamp),
        maxTimestamp: String(Math.max(...records.map(made => made.timestamp))),
        producerId: String(who.producerId),
        producerEpoch: who.producerEpoch,
        baseSequence: who.baseSequence,
        transactional: who.transactional
      })
      const read = batch?.records.map(({ timestamp: when, key, value, headers }) => ({
        timestamp: Number(when),
        key,
        value,
        headers
      }))
      expect(read).toEqual(jsonOf(records))
    }
  })

  it('stay so when a batch is split in two, and when its last record goes to another', () => {
    const changed = batches.filter(([records]) => records.length > 1).map(([records]) => rearranged(records))
    const answers = ask<KafkaBatch[]>(
      changed.map(parts => ({ read: Buffer.concat(parts.map(part => part.bytes)).toString('hex') }))
    )
    for (const [index, parts] of changed.entries()) {
      const read = answers[index]?.map(batch => batch.records.map(made => [made.offset, made.timestamp, made.value]))
      expect(read).toEqual(
        parts.map(part => part.records.map((made, at) => [String(at), String(made.timestamp), hexOf(made.value)]))
      )
    }
  })

  it('are refused there and here when a bit is wrong', () => {
    const [records, who] = batches.find(([made]) => made.length > 2) ?? [[], noIdentity]
    const batch = writeBatch(records, who)
    const spoilt = Array.from({ length: 400 }, (_, index) => {
      const bytes = Buffer.from(batch)
      const at = 17 + ((index * 37) % (bytes.length - 17))
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (index % 8)), at)
      return bytes
    })
    const answers = ask<object>(spoilt.map(bytes => ({ read: bytes.toString('hex') })))
    expect(answers.every(answer => 'error' in answer)).toBe(true)
    expect(spoilt.every(bytes => isRefused(bytes))).toBe(true)
  })

  it('say there and here how they are compressed', () => {
    const records = [{ timestamp: 1, key: null, value: 'x'.repeat(500), headers: [] }]
    const answers = ask([0, 1, 2, 3, 4].map(codecId => ({ write: { codecId, records: jsonOf(records) } })))
    const headers = answers.map(answer => {
      const bytes = Buffer.from(answer.bytes, 'hex')
      const header = readBatchHeader(bytes, 0)
      verifyBatch({ header, bytes })
      return header.codecId
    })
    expect(headers).toEqual([0, 1, 2, 3, 4])
  })

  // With --update the vectors are written anew.
  it('are what the committed vectors say', async () => {
    const questions = vectorBatches()
    const answers = ask(questions.map(({ name: _name, ...write }) => ({ write })))
    const lines = questions.map((question, index) => JSON.stringify({ ...question, bytes: answers[index]?.bytes }))
    await expect(`[\n${lines.join(',\n')}\n]\n`).toMatchFileSnapshot(vectors)
  })
})

/** The first half and the second half of a batch, and a batch without its last record beside one that begins with it. */
function rearranged(records: readonly RecordModel[]): { records: readonly RecordModel[]; bytes: Buffer }[] {
  const whole = writeBatch(records)
  const half = records.length >> 1
  const copies = (
    [
      [0, half],
      [half, records.length]
    ] as const
  ).map(([from, to]) => {
    const into = new BatchWriter(new TrackedMemory(), 64)
    copyRecords(whole.subarray(61), records.length, records[0]?.timestamp ?? 0, from, to, into)
    return { records: records.slice(from, to), bytes: finish(into) }
  })
  const [short, next] = [new BatchWriter(new TrackedMemory(), 64), new BatchWriter(new TrackedMemory(), 64)]
  copyRecords(whole.subarray(61), records.length, records[0]?.timestamp ?? 0, 0, records.length, short)
  short.moveLastRecordTo(next)
  return [
    ...copies,
    { records: records.slice(0, -1), bytes: finish(short) },
    { records: records.slice(-1), bytes: finish(next) }
  ]
}

function isRefused(bytes: Uint8Array): boolean {
  try {
    for (const batch of readBatches(bytes)) verifyBatch(batch)
    return false
  } catch (error) {
    return isKafkaError(error, 'KAFKA_CORRUPT_FRAME')
  }
}
