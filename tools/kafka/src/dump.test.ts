// Reading the output of DumpLogSegments.
import { describe, expect, test } from 'vitest'

import { parseDump } from './dump.ts'

const text = [
  'Dumping /data/orders-0/00000000000000000000.log',
  'Log starting offset: 0',
  'baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 1000 producerEpoch: 3 ' +
    'partitionLeaderEpoch: 2 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 ' +
    'CreateTime: 1795436800615 size: 96 magic: 2 compresscodec: zstd crc: 4004849372 isvalid: true',
  '| offset: 0 CreateTime: 1795436800572 keySize: 1 valueSize: 8 sequence: 0 headerKeys: [h,n] key: a payload: x: y key: z',
  '| offset: 1 CreateTime: 1795436800615 keySize: -1 valueSize: 2 sequence: 1 headerKeys: [] payload: zz',
  'baseOffset: 2 lastOffset: 2 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 ' +
    'partitionLeaderEpoch: 2 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 96 ' +
    'CreateTime: 7 size: 68 magic: 2 compresscodec: none crc: 1 isvalid: false',
  '| offset: 2 CreateTime: 7 keySize: -1 valueSize: -1 sequence: -1 headerKeys: []',
  ''
].join('\n')

describe('dump of a log', () => {
  const [first, second, ...more] = parseDump(text, 4)

  test('tells each batch with its header', () => {
    expect(more).toEqual([])
    expect(first).toMatchObject({
      partition: 4,
      baseOffset: 0n,
      lastOffset: 1n,
      count: 2,
      baseSequence: 0,
      lastSequence: 1,
      producerId: 1000n,
      producerEpoch: 3,
      partitionLeaderEpoch: 2,
      transactional: false,
      control: false,
      size: 96,
      magic: 2,
      compression: 'zstd',
      crc: 4_004_849_372,
      valid: true
    })
    expect(second).toMatchObject({ baseOffset: 2n, producerId: -1n, compression: 'none', valid: false })
  })

  test('tells each record of a batch, null from empty', () => {
    expect(first?.records).toEqual([
      {
        offset: 0n,
        timestamp: 1_795_436_800_572n,
        sequence: 0,
        headerKeys: ['h', 'n'],
        key: 'a',
        value: 'x: y key: z'
      },
      { offset: 1n, timestamp: 1_795_436_800_615n, sequence: 1, headerKeys: [], key: null, value: 'zz' }
    ])
    expect(second?.records).toEqual([
      { offset: 2n, timestamp: 7n, sequence: -1, headerKeys: [], key: null, value: null }
    ])
  })
})
