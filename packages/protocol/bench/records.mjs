// How fast records are written and checksums computed, as ratios within one run: the batch writer against plainer ways.
// Run after a build: node --min-semi-space-size=256 bench/records.mjs
import { BatchWriter, crc32c, readRecords, stampBatch } from '../dist/index.js'
import { crc32cInScript } from '../dist/records/crc32c.js'

const ROUNDS = 9
const RECORDS = 1000

/** One buffer, taken again and again. */
const memory = {
  free: [],
  take: bytes => memory.free.pop() ?? Buffer.allocUnsafeSlow(Math.max(bytes, 1 << 22)),
  give: buffer => memory.free.push(buffer)
}

function varint(value) {
  const bytes = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

const field = part => {
  if (part === null) return [varint(-1)]
  const bytes = Buffer.from(part)
  return [varint(bytes.length), bytes]
}

/** A buffer per field and one more per record, as one writes it first. */
function fields(records) {
  const written = records.map(({ key, value, headers }, index) => {
    const body = Buffer.concat([
      ...[Buffer.from([0]), varint(index % 3), varint(index), ...field(key), ...field(value), varint(headers.length)],
      ...headers.flatMap(([name, content]) => [...field(name), ...field(content)])
    ])
    return Buffer.concat([varint(body.length), body])
  })
  return Buffer.concat(written).length
}

const target = Buffer.allocUnsafeSlow(1 << 22)

function putVarint(at, value) {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let end = at
  for (; rest >= 0x80; rest >>>= 7) target[end++] = (rest & 0x7f) | 0x80
  target[end++] = rest
  return end
}

const varintBytes = value => Math.max(1, Math.ceil((33 - Math.clz32(value)) / 7))
const sizeOf = part => (part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length)
const fieldBytes = part => varintBytes(sizeOf(part)) + sizeOf(part)

function putField(at, part) {
  if (part === null) return putVarint(at, -1)
  const start = putVarint(at, sizeOf(part))
  if (typeof part === 'string') return start + target.write(part, start)
  target.set(part, start)
  return start + part.length
}

/** Sizes first, then everything in place: no garbage, but every string is measured twice. */
function twoPasses(records) {
  let at = 61
  for (let index = 0; index < records.length; index++) {
    const { key, value, headers } = records[index]
    let bytes =
      1 +
      varintBytes(index % 3) +
      varintBytes(index) +
      fieldBytes(key) +
      fieldBytes(value) +
      varintBytes(headers.length)
    for (const [name, content] of headers) bytes += fieldBytes(name) + fieldBytes(content)
    at = putVarint(at, bytes)
    target[at++] = 0
    at = putVarint(putVarint(at, index % 3), index)
    at = putVarint(putField(putField(at, key), value), headers.length)
    for (const [name, content] of headers) at = putField(putField(at, name), content)
  }
  return at
}

function batchWriter(records) {
  const writer = new BatchWriter(memory, 1 << 16)
  for (let index = 0; index < records.length; index++) {
    const { key, value, headers } = records[index]
    writer.beginRecord(index % 3)
    writer.part(key)
    writer.part(value)
    writer.headerCount(headers.length)
    for (let header = 0; header < headers.length; header++) {
      writer.part(headers[header][0])
      writer.part(headers[header][1])
    }
    writer.endRecord()
  }
  const bytes = writer.byteLength
  writer.release()
  return bytes
}

/** Every way in turn, many times; the median of each, so that a slow moment of the machine hits all alike. */
function compare(title, units, ways) {
  const times = Object.fromEntries(Object.keys(ways).map(name => [name, []]))
  let repeats = 1
  while (time(Object.values(ways).at(-1), repeats) < 10) repeats *= 2
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, way] of Object.entries(ways)) times[name].push(time(way, repeats))
  const medians = Object.entries(times).map(([name, all]) => [name, all.toSorted((a, b) => a - b)[ROUNDS >> 1]])
  const [, best] = medians.at(-1)
  const shown = medians.map(
    ([name, ms]) =>
      `${name} ${((ms * 1e6) / repeats / units).toFixed(units > 1 ? 1 : 0)} ns (${(ms / best).toFixed(2)})`
  )
  console.log(`${title.padEnd(34)} ${shown.join('   ')}`)
}

function time(way, repeats) {
  const start = performance.now()
  for (let repeat = 0; repeat < repeats; repeat++) way()
  return performance.now() - start
}

const record = (key, value, headers = []) => Array.from({ length: RECORDS }, () => ({ key, value, headers }))
const json = '{"id":123456,"name":"some name","amount":12.5,"flags":[1,2,3],"at":"2024-01-01T00:00:00Z","pad":"xxxxxx"}'
const shapes = {
  'key 10 B, text 100 B': record('customer-1', json),
  'key 10 B, text 1 KiB': record('customer-1', json.repeat(10)),
  'key 10 B, text 100 B not ASCII': record('customer-1', `ü${json.slice(2)}`),
  'bytes 10 B and 100 B': record(Buffer.from('customer-1'), Buffer.from(json)),
  'three headers': record('customer-1', json, [
    ['trace-id', 'abcdef0123456789'],
    ['source', 'shop'],
    ['kind', 'order']
  ])
}

console.log('per record')
for (const [title, records] of Object.entries(shapes)) {
  compare(title, RECORDS, {
    'buffer per field': () => fields(records),
    'two passes': () => twoPasses(records),
    'batch writer': () => batchWriter(records)
  })
}

for (const [title, records] of Object.entries(shapes)) {
  for (let warm = 0; warm < 50; warm++) batchWriter(records)
  const before = process.memoryUsage().heapUsed
  for (let repeat = 0; repeat < 100; repeat++) batchWriter(records)
  const perRecord = (process.memoryUsage().heapUsed - before) / (100 * RECORDS)
  console.log(`${title.padEnd(34)} ${perRecord.toFixed(2)} bytes of heap a record`)
}

console.log('\nper checksum')
const random = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(Math.random() * 256)))
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})
function byteByByte(bytes, start, end) {
  let crc = -1
  for (let at = start; at < end; at++) crc = table[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}
for (const bytes of [100, 160, 192, 256, 1024, 16_384, 1_000_000]) {
  compare(`${bytes} bytes`, 1, {
    'byte by byte': () => byteByByte(random, 21, 21 + bytes),
    'in script': () => crc32cInScript(random, 21, 21 + bytes),
    crc32c: () => crc32c(random, 21, 21 + bytes)
  })
}

console.log('\nper record read')
const writer = new BatchWriter(memory, 1 << 16)
for (const { key, value } of shapes['key 10 B, text 100 B']) {
  writer.beginRecord(0)
  writer.part(key)
  writer.part(value)
  writer.headerCount(0)
  writer.endRecord()
}
const identity = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: false }
const stamp = { codecId: 0, recordCount: RECORDS, baseTimestamp: 0, maxTimestamp: 0, ...identity }
const header = { baseOffset: 0n, baseTimestamp: 0, maxTimestamp: 0, logAppendTime: false, recordCount: RECORDS }
const section = writer.buffer.subarray(61, writer.byteLength)
compare('key 10 B, text 100 B', RECORDS, {
  stampBatch: () => stampBatch(writer.buffer, writer.byteLength, stamp),
  readRecords: () => {
    for (const read of readRecords(header, section)) void read
  }
})
