// Where other clients put keys, by their own code, as packages/producer/test/vectors/client-partitions.json. Needs librdkafka
// (Debian: librdkafka1) and Python. Run:
//   npm install --prefix <folder> --ignore-scripts --force kafkajs@2.2.4 @platformatic/kafka@2.12.1
//   node client-partitions.mjs <folder>
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { crc32 } from 'node:zlib'

const PARTITION_COUNT = 997
const MADE_KEYS = 100_000
const folder = resolve(process.argv[2] ?? '.')

const { Partitioners } = createRequire(resolve(folder, 'index.js'))('kafkajs')
const platformatic = await import(
  pathToFileURL(resolve(folder, 'node_modules/@platformatic/kafka/dist/clients/producer/partitioners.js')).href
)

/** Key n has n mod 100 bytes, byte i of which is the top byte of (100 n + i) * 2654435761. */
const madeKey = n => Buffer.from(Array.from({ length: n % 100 }, (_, i) => Math.imul(100 * n + i, 0x9e3779b1) >>> 24))
const texts = ['a', 'ab', 'abc', '21', 'foobar', 'a-little-bit-long-string', 'ключ', '漢字', '😀', '\0', ' ']
const shown = [...Array.from({ length: 64 }, (_, n) => madeKey(n)), ...texts.map(text => Buffer.from(text))]
const made = Array.from({ length: MADE_KEYS }, (_, n) => madeKey(n))

const partitionMetadata = Array.from({ length: PARTITION_COUNT }, (_, partitionId) => ({ partitionId, leader: 1 }))
const byKafkajs = partition => keys =>
  keys.map(key => partition({ topic: 'topic', partitionMetadata, message: { key } }))

/** The function by that name of librdkafka's public API; an empty key is by chance in the "random" ones, so those are not asked. */
const byLibrdkafka = name => keys => {
  const script = `
import ctypes, sys
f = ctypes.CDLL('librdkafka.so.1').${name}
f.restype = ctypes.c_int32
f.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p]
for line in sys.stdin:
    key = bytes.fromhex(line.strip())
    print(f(None, key, len(key), ${PARTITION_COUNT}, None, None))`
  const input = keys.map(key => `${key.toString('hex')}\n`).join('')
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28
  })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim().split('\n').map(Number)
}

const clients = {
  'kafkajs-legacy': byKafkajs(Partitioners.LegacyPartitioner()),
  kafkajs: byKafkajs(Partitioners.DefaultPartitioner()),
  platformatic: keys => keys.map(key => platformatic.defaultPartitioner({}, key) % PARTITION_COUNT),
  'librdkafka consistent': byLibrdkafka('rd_kafka_msg_partitioner_consistent'),
  'librdkafka murmur2': byLibrdkafka('rd_kafka_msg_partitioner_murmur2')
}

/** CRC-32 over the partitions of all made keys, two bytes each. */
const checksum = partitions => crc32(Buffer.from(partitions.flatMap(partition => [partition >> 8, partition & 0xff])))

const answers = Object.entries(clients).map(
  ([client, place]) =>
    `    ${JSON.stringify(client)}: ${JSON.stringify({ partitions: place(shown), checksum: checksum(place(made)) })}`
)
const vectors = `{
  "partitionCount": ${PARTITION_COUNT},
  "madeKeys": ${MADE_KEYS},
  "keys": ${JSON.stringify(shown.map(key => key.toString('hex')))},
  "clients": {
${answers.join(',\n')}
  }
}
`
writeFileSync(new URL('../../../packages/producer/test/vectors/client-partitions.json', import.meta.url), vectors)
