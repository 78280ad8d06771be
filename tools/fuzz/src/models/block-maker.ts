// Makes compressed streams by hand, out of the elements that only a hostile writer would put together.
import type { Dice } from '../dice.ts'
import { uvarint } from '../mutate.ts'
import { repairLz4 } from './lz4-repair.ts'

/** A frame of blocks of sequences, most of which are valid. */
export function lz4Frame(dice: Dice): Buffer {
  const header = Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x60, dice.pick([0x40, 0x40, 0x50, 0x70]), 0)
  const blocks = Array.from({ length: 1 + dice.skewed(3) }, () => {
    const block = dice.chance(0.2) ? dice.bytes(dice.skewed(40)) : lz4Block(dice)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(block.length + (dice.chance(0.1) ? 2 ** 31 : 0))
    return Buffer.concat([length, block])
  })
  return repairLz4(Buffer.concat([header, ...blocks, Buffer.alloc(4)]))
}

function lz4Block(dice: Dice): Buffer {
  const sequences = Array.from({ length: dice.skewed(5) }, (_, index) => {
    const literals = dice.bytes(index === 0 ? 1 + dice.below(14) : dice.below(15))
    const match = dice.below(16)
    const back = dice.pick([0, 1, 1, 2, 3, literals.length, 40, 65_535])
    const more = match < 15 ? [] : [...Array.from({ length: dice.skewed(3) }, () => 255), dice.below(255)]
    return Buffer.from([(literals.length << 4) | match, ...literals, back & 255, back >> 8, ...more])
  })
  const last = dice.bytes(dice.below(15))
  return Buffer.concat([...sequences, Buffer.of(last.length << 4), last])
}

const xerial = Buffer.from('82534e41505059000000000100000001', 'hex')

/** Blocks of elements, in the stream that Kafka keeps them in, or a bare one. */
export function snappyStream(dice: Dice): Buffer {
  if (dice.chance(0.3)) return snappyBlock(dice)
  const blocks = Array.from({ length: 1 + dice.skewed(3) }, () => {
    const block = snappyBlock(dice)
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return Buffer.concat([length, block])
  })
  return Buffer.concat([xerial, ...blocks])
}

function snappyBlock(dice: Dice): Buffer {
  let bytes = 0
  const elements = Array.from({ length: dice.skewed(6) }, () => {
    const [element, length] = snappyElement(dice, bytes)
    bytes += length
    return element
  })
  const claimed = dice.chance(0.1) ? dice.pick([0, bytes + 1, 2 ** 31, 2 ** 32 - 1]) : bytes
  return Buffer.concat([uvarint(claimed), ...elements])
}

function snappyElement(dice: Dice, written: number): [Buffer, length: number] {
  const kind = written === 0 ? 0 : dice.below(4)
  if (kind === 0) {
    const literals = dice.bytes(1 + dice.skewed(30))
    return [Buffer.concat([Buffer.of((literals.length - 1) << 2), literals]), literals.length]
  }
  const back = dice.pick([0, 1, 1, written, written, written + 1, 2])
  const length = kind === 1 ? dice.between(4, 11) : dice.between(1, 64)
  if (kind === 1) return [Buffer.of(1 | ((length - 4) << 2) | ((back >> 8) << 5), back & 255), length]
  const offset = Buffer.alloc(kind === 2 ? 2 : 4)
  offset.writeUIntLE(back, 0, offset.length)
  return [Buffer.concat([Buffer.of(kind | ((length - 1) << 2)), offset]), length]
}

/** A frame that does not say its size, made of one that does. */
export function withoutSize(frame: Uint8Array): Buffer {
  const descriptor = frame[4] ?? 0
  if ((descriptor & 0x20) === 0) return Buffer.from(frame)
  const sizeBytes = [1, 2, 4, 8][descriptor >>> 6]!
  // A window of 1 MiB.
  return Buffer.concat([frame.subarray(0, 4), Buffer.of(0, 10 << 3), frame.subarray(5 + sizeBytes)])
}

/** Stored and repeated blocks, which say how long they are. */
export function zstdFrame(dice: Dice): Buffer {
  const count = 1 + dice.skewed(12)
  const blocks = Array.from({ length: count }, (_, index) => {
    const repeated = dice.chance(0.5)
    const content = dice.bytes(repeated ? 1 : dice.skewed(60))
    const size = repeated ? dice.pick([0, 1, 100, 65_536, 131_072]) : content.length
    const header = Buffer.alloc(3)
    header.writeUIntLE((size << 3) | (repeated ? 2 : 0) | (index === count - 1 ? 1 : 0), 0, 3)
    return Buffer.concat([header, content])
  })
  return Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.of(0, dice.pick([0, 8, 56, 80, 136, 255])), ...blocks])
}
