// What a record says of itself: run, producer, partition, number; and a filling that can be foretold.
//
//   | bytes | what |
//   |---|---|
//   | 4 | run |
//   | 1, 1, 2 | producer, topic, partition |
//   | 4 | number within producer and partition, from 0 |
//   | 2 | length of the filling |
//   | rest | filling |

export interface Stamp {
  readonly run: number
  readonly producer: number
  readonly topic: number
  readonly partition: number
  readonly n: number
}

const headBytes = 14
const mostFillingBytes = 240
const meadow = Buffer.from(Array.from({ length: 4_096 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24))

export function writeStamp({ run, producer, topic, partition, n }: Stamp): Buffer {
  const fillingBytes = fillingLength(producer, n)
  const value = Buffer.allocUnsafe(headBytes + fillingBytes)
  value.writeUInt32BE(run, 0)
  value.writeUInt8(producer, 4)
  value.writeUInt8(topic, 5)
  value.writeUInt16BE(partition, 6)
  value.writeUInt32BE(n, 8)
  value.writeUInt16BE(fillingBytes, 12)
  const from = fillingStart(producer, n)
  meadow.copy(value, headBytes, from, from + fillingBytes)
  return value
}

/** @returns null when one byte is not as it was written */
export function readStamp(value: Buffer | null): Stamp | null {
  if (value === null || value.length < headBytes) return null
  const stamp = {
    run: value.readUInt32BE(0),
    producer: value.readUInt8(4),
    topic: value.readUInt8(5),
    partition: value.readUInt16BE(6),
    n: value.readUInt32BE(8)
  }
  const fillingBytes = fillingLength(stamp.producer, stamp.n)
  if (value.readUInt16BE(12) !== fillingBytes || value.length !== headBytes + fillingBytes) return null
  const from = fillingStart(stamp.producer, stamp.n)
  return meadow.compare(value, headBytes, value.length, from, from + fillingBytes) === 0 ? stamp : null
}

const fillingLength = (producer: number, n: number): number =>
  ((Math.imul(n + 1, 0x85ebca6b) >>> 8) + producer) % (mostFillingBytes + 1)
const fillingStart = (producer: number, n: number): number =>
  (Math.imul(n + producer * 7_919, 0xc2b2ae35) >>> 8) % (meadow.length - mostFillingBytes)
