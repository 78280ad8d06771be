// The batches of vectors/record-batches.json as they are put to Kafka's classes: JSON, with bytes in hexadecimal.
import { hexOf, type RecordModel } from './record-model.ts'

export function jsonOf(records: readonly RecordModel[]): unknown[] {
  return records.map(made => ({
    timestamp: made.timestamp,
    key: hexOf(made.key),
    value: hexOf(made.value),
    headers: made.headers.map(([key, value]) => [hexOf(key), hexOf(value)])
  }))
}

const plain = (value: string | null, when = 1_700_000_000_000): RecordModel => ({
  timestamp: when,
  key: null,
  value,
  headers: []
})

export function vectorBatches(): { name: string; records: unknown[]; [field: string]: unknown }[] {
  const rich: RecordModel = {
    timestamp: 1_700_000_000_000,
    key: 'ключ',
    value: '{"naïve":"漢字 😀"}',
    headers: [
      ['trace', '1'],
      ['trace', '2'],
      ['', null],
      ['empty', ''],
      ['größe', new Uint8Array([0, 255, 128])]
    ]
  }
  return [
    { name: 'one null record', records: jsonOf([plain(null)]) },
    { name: 'empty key, empty value', records: jsonOf([{ ...plain(''), key: '' }]) },
    { name: 'text and headers', records: jsonOf([rich, rich]) },
    {
      name: 'bytes',
      records: jsonOf([{ ...rich, key: new Uint8Array([0, 1, 2]), value: new Uint8Array(20).fill(254) }])
    },
    {
      name: 'values around 64 bytes',
      records: jsonOf([50, 56, 57, 58, 62, 63, 64, 65].map(size => plain('x'.repeat(size))))
    },
    {
      name: 'a record of 8191 bytes and one more',
      records: jsonOf([8184, 8185].map(size => plain('y'.repeat(size))))
    },
    { name: 'offsets from 62 to 66', records: jsonOf(Array.from({ length: 67 }, () => plain(null))) },
    { name: 'time goes back', records: jsonOf([5000, 4999, 4936, 4935, 0, 6000].map(when => plain('', when))) },
    {
      name: 'time leaps',
      records: jsonOf([0, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 52, 2 ** 53 - 1].map(when => plain('', when)))
    },
    {
      name: 'idempotent',
      producerId: 4711,
      producerEpoch: 3,
      baseSequence: 2_147_483_646,
      records: jsonOf([rich, plain('x'), plain('y')])
    },
    {
      name: 'transactional',
      producerId: 2 ** 40,
      producerEpoch: 32_767,
      baseSequence: 0,
      transactional: true,
      records: jsonOf([rich])
    },
    { name: 'in a log', baseOffset: 2 ** 50, partitionLeaderEpoch: 12, records: jsonOf([plain('a'), plain('b')]) },
    {
      name: "broker's time",
      logAppendTime: true,
      logAppendTimestamp: 1_700_000_009_999,
      records: jsonOf([plain('a', 1), plain('b', 2)])
    }
  ]
}
