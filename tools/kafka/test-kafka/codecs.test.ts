// Every codec at every kind of level and size against Apache Kafka: what we compress, three other readers read; what Java
// compresses, we read.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gzip } from '@sluice/compression-gzip'
import { lz4 } from '@sluice/compression-lz4'
import { snappy } from '@sluice/compression-snappy'
import { zstd } from '@sluice/compression-zstd'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { Producer, type CompressionCodec } from '@sluice/producer'
import { BATCH_HEADER_BYTES, readBatches, readRecords, verifyBatch } from '@sluice/protocol'

let kafka: KafkaCluster
let hasKcat: boolean

beforeAll(async () => {
  kafka = await startKafka({ nodes: 1 })
  hasKcat = await run('kcat', ['-V']).then(
    () => true,
    () => false
  )
  if (!hasKcat) console.warn('kcat is not on this machine (Debian: apt-get install kcat): its reading is NOT checked')
})

afterAll(async () => {
  await kafka.stop()
})

const execute = promisify(execFile)

async function run(command: string, args: readonly string[]): Promise<Buffer> {
  const { stdout } = await execute(command, args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** Bytes that no codec makes smaller, without line ends, the same at every run. */
function noise(bytes: number, seed: string): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; i * 64 < bytes; i++) blocks.push(createHash('sha512').update(`${seed} ${i}`).digest())
  return Buffer.concat(blocks)
    .subarray(0, bytes)
    .map(byte => (byte === 0x0a ? 0x0b : byte)) as Buffer
}

/** What is sent, by name. The largest record fills a batch of maxRequestSize to within a few bytes. */
const payloads: Record<string, () => Buffer[]> = {
  'one record': () => [Buffer.from('one record')],
  '10,000 records': () =>
    Array.from({ length: 10_000 }, (_, i) => Buffer.from(`{"flight":${i},"origin":"VIE","delay":${i % 60}}`)),
  incompressible: () => Array.from({ length: 200 }, (_, i) => noise(1_000, `${i}`)),
  'a batch of maxRequestSize': () => [
    Buffer.from('fill me up '.repeat(100_000).slice(0, 1_048_576 - BATCH_HEADER_BYTES - 15))
  ]
}

/** Every level with SLUICE_ALL_LEVELS, which takes minutes; else the ends, the defaults and what lies between. */
const all = process.env['SLUICE_ALL_LEVELS'] !== undefined
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const gzipLevels = all ? from(-1, 9) : [-1, 0, 1, 6, 9]
const zstdLevels = all ? [-5, ...from(1, 22)] : [-5, 1, 3, 9, 19]

const codecs: readonly (readonly [name: string, codec: CompressionCodec])[] = [
  ...gzipLevels.map(level => [`gzip ${level}`, gzip({ level })] as const),
  ['snappy', snappy()],
  ['lz4', lz4()],
  ...zstdLevels.map(level => [`zstd ${level}`, zstd({ level })] as const)
]

let topics = 0

async function newTopic(config: Record<string, string> = {}): Promise<string> {
  const topic = `codecs-${++topics}`
  await kafka.createTopic(topic, { partitions: 1, config })
  return topic
}

async function send(topic: string, compression: CompressionCodec, values: readonly Buffer[]): Promise<void> {
  await using producer = new Producer({ bootstrapBrokers: kafka.bootstrap.split(','), compression })
  await producer.send({ messages: values.map(value => ({ topic, value })) })
}

function digest(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\n')
  return hash.digest('hex')
}

/** The digest of what librdkafka reads; null without kcat. */
async function readByKcat(topic: string): Promise<string | null> {
  if (!hasKcat) return null
  const how = ['-C', '-q', '-b', kafka.bootstrap, '-t', topic, '-o', 'beginning', '-e', '-f', '%s\n']
  return createHash('sha256')
    .update(await run('kcat', how))
    .digest('hex')
}

describe('what we compress, others read', () => {
  test.each(codecs)('%s: Java, kcat and the console consumer', { timeout: 120_000 }, async (name, codec) => {
    const topic = await newTopic()
    const values: Buffer[] = []
    for (const make of Object.values(payloads)) {
      const payload = make()
      await send(topic, codec, payload)
      values.push(...payload)
    }
    const read = await kafka.read(topic)
    expect(digest(read.map(record => record.value!))).toBe(digest(values))
    const printed = await kafka.consoleConsume(topic)
    // The console consumer prints text: what is no UTF-8 is replaced, by it as by us.
    const asText = values.map(value => Buffer.from(value.toString()))
    expect(digest(printed.map(line => Buffer.from(line)))).toBe(digest(asText))
    expect(await readByKcat(topic)).toBe(hasKcat ? digest(values) : null)
    const batches = await kafka.topicDump(topic)
    expect(batches.every(batch => batch.valid)).toBe(true)
    // A batch of one short record does not become smaller; one of a million like characters does, at any level but gzip's 0.
    expect(batches[0]!.compression).toBe('none')
    expect(batches.at(-1)!.compression).toBe(name === 'gzip 0' ? 'none' : codec.name)
  })
})

describe('what Java compresses, we read', () => {
  test.each(codecs.filter(([name]) => ['gzip -1', 'snappy', 'lz4', 'zstd 1'].includes(name)))(
    '%s',
    async (_name, codec) => {
      const topic = await newTopic()
      const values = payloads['10,000 records']!().slice(0, 2_000)
      await kafka.produce(
        topic,
        values.map(value => ({ value })),
        { 'compression.type': codec.name, 'linger.ms': '50' }
      )
      const folder = join(kafka.directory, 'node1', 'data', `${topic}-0`)
      const segment = readFileSync(
        join(
          folder,
          readdirSync(folder).find(name => name.endsWith('.log'))!
        )
      )
      const read: Buffer[] = []
      let compressed = 0
      for (const batch of readBatches(segment, { partialTail: true })) {
        verifyBatch(batch)
        const raw = batch.header.codecId === 0 ? batch.records : await codec.decompress(batch.records, 16 * 1024 * 1024)
        if (batch.header.codecId === codec.id) compressed++
        for (const record of readRecords(batch.header, raw)) read.push(Buffer.from(record.value!))
      }
      expect(compressed).toBeGreaterThan(0)
      expect(digest(read)).toBe(digest(values))
    }
  )
})

describe('topics that want it otherwise', () => {
  test('a compression.type of its own: the broker compresses anew, and the records are the same', async () => {
    const topic = await newTopic({ 'compression.type': 'zstd' })
    const values = payloads['10,000 records']!()
    await send(topic, gzip(), values)
    expect(digest((await kafka.read(topic)).map(record => record.value!))).toBe(digest(values))
    expect(new Set((await kafka.topicDump(topic)).map(batch => batch.compression))).toEqual(new Set(['zstd']))
  })

  test.each(codecs.filter(([name]) => ['gzip 6', 'snappy', 'lz4', 'zstd 1'].includes(name)))(
    'max.message.bytes smaller than the batch, %s: unpacked, split till it fits, nothing lost or moved',
    async (_name, codec) => {
      const topic = await newTopic({ 'max.message.bytes': '20000' })
      const values = Array.from({ length: 1_000 }, (_, i) =>
        Buffer.concat([Buffer.from(`${i} `), noise(200, `${i}`), Buffer.alloc(100, 'x')])
      )
      await send(topic, codec, values)
      expect(digest((await kafka.read(topic)).map(record => record.value!))).toBe(digest(values))
    }
  )
})
