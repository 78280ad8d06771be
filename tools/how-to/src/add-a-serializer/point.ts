// Points on a map as eight bytes: two numbers of four.
import { SerializationError, type SerializeContext, type Serializer, type Sink } from '@sluice/core'

export interface Point {
  readonly x: number
  readonly y: number
}

export const pointSerializer: Serializer<Point> = Object.assign(
  (point: Point): Uint8Array => {
    const bytes = Buffer.allocUnsafe(8)
    write(point, bytes, 0)
    return bytes
  },
  {
    // Optional: values and headers go straight into the batch's memory, without a buffer of their own.
    into(point: Point, _context: SerializeContext, out: Sink): boolean {
      out.ensure(8)
      write(point, out.buffer, out.position)
      out.position += 8
      return true
    }
  }
)

function write({ x, y }: Point, bytes: Buffer, at: number): void {
  if (!Number.isInteger(x) || !Number.isInteger(y)) throw new SerializationError(`A point has integers, not ${x}, ${y}`)
  bytes.writeInt32BE(x, at)
  bytes.writeInt32BE(y, at + 4)
}
