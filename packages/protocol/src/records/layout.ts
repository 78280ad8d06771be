// Where the fields of a record batch (magic 2) lie, and how long its variable-length integers are.

/*
 * offset  field                  type
 *      0  base offset            int64    0 from a producer, the broker writes it
 *      8  batch length           int32    bytes after this field
 *     12  partition leader epoch int32    -1 from a producer, the broker writes it
 *     16  magic                  int8     2
 *     17  CRC                    uint32   CRC-32C of byte 21 to the end
 *     21  attributes             int16    bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control
 *     23  last offset delta      int32    record count - 1
 *     27  base timestamp         int64    of the first record
 *     35  max timestamp          int64    of all records
 *     43  producer id            int64    -1 without
 *     51  producer epoch         int16    -1 without
 *     53  base sequence          int32    -1 without
 *     57  record count           int32
 *     61  records                         back to back, or one compressed blob
 *
 * A record:
 *
 *   length: varint, bytes after it | attributes: int8, 0 | timestamp delta: varlong | offset delta: varint
 *   key length: varint, -1 null | key | value length: varint, -1 null | value
 *   header count: varint | per header: key length: varint | key: UTF-8 | value length: varint, -1 null | value
 *
 * Varints are zig-zag encoded (0, -1, 1, -2 are 0, 1, 2, 3), seven bits a byte, the lowest first.
 */
// Source: https://kafka.apache.org/documentation/#recordbatch
export const BASE_OFFSET = 0
export const BATCH_LENGTH = 8
export const PARTITION_LEADER_EPOCH = 12
export const MAGIC = 16
export const CRC = 17
export const ATTRIBUTES = 21
export const LAST_OFFSET_DELTA = 23
export const BASE_TIMESTAMP = 27
export const MAX_TIMESTAMP = 35
export const PRODUCER_ID = 43
export const PRODUCER_EPOCH = 51
export const BASE_SEQUENCE = 53
export const RECORD_COUNT = 57

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61
/** Bytes that the batch length does not count. */
export const BATCH_OVERHEAD_BYTES = 12

export const CODEC_MASK = 0x07
export const LOG_APPEND_TIME_BIT = 0x08
export const TRANSACTIONAL_BIT = 0x10
export const CONTROL_BIT = 0x20

/** The longest varint of 32 bits and of 64 bits. */
export const MAX_VARINT_BYTES = 5
export const MAX_VARLONG_BYTES = 10
/** A record of nothing: length, attributes, two deltas, null key, null value, no headers. */
export const MIN_RECORD_BYTES = 7

/** Bytes of the varint of a length or count from 0 to 2^31 - 1. */
export function lengthBytes(length: number): number {
  if (length < 0x40) return 1
  if (length < 0x2000) return 2
  if (length < 0x10_0000) return 3
  return length < 0x800_0000 ? 4 : 5
}
