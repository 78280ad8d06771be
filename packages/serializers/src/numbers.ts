// Numbers of fixed size, big-endian, as Kafka's IntegerSerializer, LongSerializer and DoubleSerializer write them.
import { SerializationError, type SerializeContext, type Serializer, type Sink } from '@sluice/core'
import { describe } from './describe.ts'

type Write<T> = (buffer: Buffer, value: T, at: number) => void

const leastInt32 = -(2 ** 31)
const greatestInt32 = 2 ** 31 - 1
const leastInt64 = -(2n ** 63n)
const greatestInt64 = 2n ** 63n - 1n

/**
 * 4 bytes.
 *
 * @throws SerializationError for anything but an integer from -2^31 to 2^31 - 1
 */
export const int32Serializer: Serializer<number> = fixedSize(4, (buffer, value, at) => {
  if (!Number.isInteger(value) || value < leastInt32 || value > greatestInt32)
    throw refused('int32', wantedInt32, value)
  buffer.writeInt32BE(value, at)
})

/**
 * 8 bytes.
 *
 * @throws SerializationError for anything but a bigint from -2^63 to 2^63 - 1 or a safe integer
 */
export const int64Serializer: Serializer<bigint | number> = fixedSize(8, (buffer, value, at) => {
  if (typeof value === 'bigint') {
    if (value < leastInt64 || value > greatestInt64) throw refused('int64', wantedInt64, value)
    buffer.writeBigInt64BE(value, at)
    return
  }
  if (!Number.isSafeInteger(value)) throw refused('int64', wantedInt64, value)
  buffer.writeInt32BE(Math.floor(value / 2 ** 32), at)
  buffer.writeUInt32BE(value >>> 0, at + 4)
})

/**
 * 8 bytes, IEEE 754. Infinities, -0 and NaN (as 7ff8000000000000) are values like any other.
 *
 * @throws SerializationError for anything but a number
 */
export const float64Serializer: Serializer<number> = fixedSize(8, (buffer, value, at) => {
  if (typeof value !== 'number') throw refused('float64', 'a number', value)
  if (Number.isNaN(value)) {
    buffer.writeUInt32BE(0x7ff80000, at)
    buffer.writeUInt32BE(0, at + 4)
    return
  }
  buffer.writeDoubleBE(value, at)
})

const wantedInt32 = 'an integer from -2,147,483,648 to 2,147,483,647'
const wantedInt64 = 'a bigint from -2^63 to 2^63 - 1 or a safe integer'

function refused(name: string, wanted: string, value: unknown): SerializationError {
  return new SerializationError(`${name}Serializer takes ${wanted}, not ${describe(value)}`)
}

function fixedSize<T>(bytes: number, write: Write<T>): Serializer<T> {
  const toBytes = (value: T): Uint8Array => {
    const buffer = Buffer.allocUnsafe(bytes)
    write(buffer, value, 0)
    return buffer
  }
  const into = (value: T, _context: SerializeContext, out: Sink): boolean => {
    out.ensure(bytes)
    write(out.buffer, value, out.position)
    out.position += bytes
    return true
  }
  return Object.assign(toBytes, { into })
}
