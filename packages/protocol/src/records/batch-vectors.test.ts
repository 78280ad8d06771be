// Batches that Kafka's MemoryRecordsBuilder made (test-kafka/records.test.ts): read as meant, written to the byte.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAll, writeBatch, type Part, type RecordModel } from '../../test/record-model.ts'
import { readBatchHeader } from './batch-reader.ts'

interface Vector {
  readonly name: string
  readonly bytes: string
  readonly baseOffset?: number
  readonly partitionLeaderEpoch?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly logAppendTime?: boolean
  readonly logAppendTimestamp?: number
  readonly records: readonly {
    timestamp: number
    key: string | null
    value: string | null
    headers: [string, string | null][]
  }[]
}

// The file is made by the suite that knows this shape.
const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/record-batches.json', import.meta.url), 'utf8')
) as Vector[]

const bytesOf = (hex: string | null): Part => (hex === null ? null : Buffer.from(hex, 'hex'))

/** As text where the bytes are text, so that both ways to write are taken. */
const textOf = (hex: string | null): Part => {
  const bytes = Buffer.from(hex ?? '', 'hex')
  return hex !== null && Buffer.from(bytes.toString()).equals(bytes) ? bytes.toString() : bytesOf(hex)
}

function model(vector: Vector, part: (hex: string | null) => Part): RecordModel[] {
  return vector.records.map(({ timestamp, key, value, headers }) => ({
    timestamp,
    key: part(key),
    value: part(value),
    headers: headers.map(([name, content]) => [part(name) ?? '', part(content)])
  }))
}

function identityOf({ producerId = -1, producerEpoch = -1, baseSequence = -1, transactional = false }: Vector) {
  return { producerId: BigInt(producerId), producerEpoch, baseSequence, transactional }
}

describe.each(vectors.map(vector => [vector.name, vector] as const))('the batch "%s" of Kafka', (_name, vector) => {
  const bytes = Buffer.from(vector.bytes, 'hex')
  const { baseOffset = 0, partitionLeaderEpoch = -1, logAppendTime = false, logAppendTimestamp = -1 } = vector

  it('has the header that was meant', () => {
    expect(readBatchHeader(bytes, 0)).toMatchObject({
      ...identityOf(vector),
      byteLength: bytes.length,
      baseOffset: BigInt(baseOffset),
      partitionLeaderEpoch,
      logAppendTime,
      recordCount: vector.records.length,
      lastOffsetDelta: vector.records.length - 1
    })
  })

  it('has the records that were meant', () => {
    expect(readAll(bytes)).toEqual(
      vector.records.map((record, index) => ({
        ...record,
        offset: BigInt(baseOffset + index),
        timestamp: logAppendTime ? logAppendTimestamp : record.timestamp
      }))
    )
  })
})

const written = vectors.filter(vector => vector.logAppendTime !== true && vector.baseOffset === undefined)

describe('batches of a producer', () => {
  it.each(written.map(vector => [vector.name, vector] as const))('are written to the byte: %s', (_name, vector) => {
    expect(writeBatch(model(vector, bytesOf), identityOf(vector)).toString('hex')).toBe(vector.bytes)
    expect(writeBatch(model(vector, textOf), identityOf(vector)).toString('hex')).toBe(vector.bytes)
  })
})
