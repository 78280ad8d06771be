// Makes record batches by hand, with numbers that are written longer, or larger, than they should be.
import type { Dice } from '../dice.ts'
import { fixed, zigzag } from '../mutate.ts'

const rare = 0.04

/** A batch whose lengths are right whatever its numbers look like. Its checksum is not set. */
export function oddBatch(dice: Dice): Buffer {
  const count = dice.skewed(3)
  const records = Buffer.concat(Array.from({ length: count }, (_, index) => oddRecord(dice, index)))
  const header = Buffer.alloc(61)
  header.writeInt32BE(49 + records.length, 8)
  header[16] = 2
  header.writeInt16BE(dice.chance(0.1) ? 8 : 0, 21)
  fixed(count - 1, 4).copy(header, 23)
  header.writeBigInt64BE(dice.pick([0n, 1_700_000_000_000n, 2n ** 53n - 1n, -(2n ** 53n)]), 27)
  header.writeInt32BE(dice.chance(0.05) ? dice.pick([-1, 2 ** 31 - 1, count + 1]) : count, 57)
  return Buffer.concat([header, records])
}

function oddRecord(dice: Dice, index: number): Buffer {
  const headers = dice.skewed(2)
  const body = Buffer.concat([
    Buffer.of(dice.chance(rare) ? 255 : 0),
    odd(dice, dice.pick([0, 1, -1, 1000])),
    odd(dice, index),
    part(dice, true),
    part(dice, true),
    odd(dice, dice.chance(rare) ? -1 : headers),
    ...Array.from({ length: headers }, () => Buffer.concat([part(dice, dice.chance(rare)), part(dice, true)]))
  ])
  return Buffer.concat([odd(dice, body.length), body])
}

function part(dice: Dice, nullable: boolean): Buffer {
  if (nullable && dice.chance(0.3)) return odd(dice, dice.chance(rare) ? -2 : -1)
  const content = dice.bytes(dice.skewed(20))
  return Buffer.concat([odd(dice, content.length), content])
}

/** A zig-zag varint, now and then with groups of nothing, or of bits beyond the last. */
function odd(dice: Dice, value: number): Buffer {
  const usual = zigzag(value)
  if (!dice.chance(rare)) return usual
  const groups = dice.between(usual.length, 6)
  const padded = Buffer.alloc(groups, 0x80)
  usual.copy(padded)
  if (groups > usual.length) padded[usual.length - 1]! |= 0x80
  padded[groups - 1]! &= 0x7f
  if (groups === 5) padded[4]! |= dice.pick([0, 0x10, 0x20, 0x40])
  return padded
}
