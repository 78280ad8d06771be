// The client's half of Fetch, version 4, by hand: the client library has no use for it.
import { readBatches, type Api } from '@sluice/protocol'

export interface FetchQuestion {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly highWatermark: bigint
  /** The base offsets of the batches that came. */
  readonly batches: readonly bigint[]
}

const never = 32_767

export const fetchByHand: Api<FetchQuestion, FetchAnswer> = {
  key: 1,
  name: 'Fetch',
  versions: { min: 4, max: 4 },
  flexibleFrom: never,
  throttleFrom: never,
  write: (writer, question) => {
    writer.int32(-1)
    writer.int32(question.maxWaitMs)
    writer.int32(question.minBytes)
    writer.int32(question.maxBytes)
    writer.int8(0)
    writer.count(1, false)
    writer.string(question.topic, false)
    writer.count(1, false)
    writer.int32(question.partition)
    writer.int64(question.offset)
    writer.int32(question.maxBytes)
  },
  read: reader => {
    reader.int32()
    reader.count(1, false)
    reader.string(false)
    reader.count(1, false)
    reader.int32()
    const errorCode = reader.int16()
    const highWatermark = reader.int64()
    reader.int64()
    reader.nullableCount(1, false)
    const records = reader.records(false)
    const batches = records === null ? [] : [...readBatches(records)].map(({ header }) => header.baseOffset)
    return { errorCode, highWatermark, batches }
  }
}
