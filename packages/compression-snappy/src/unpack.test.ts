// Blocks of every kind come back as they were, and no block, however damaged, writes outside its room.
import { packerOf } from '@sluice/compression-parts'
import { seededRandom } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { kernel } from './kernel.ts'
import { declaredBytes, unpackBlock } from './unpack.ts'

const random = seededRandom(7)
const { blockBytes } = kernel

function below(limit: number): number {
  return Math.floor(random() * limit)
}

/** Runs of noise, of repetitions near and far, and of one byte. */
function mixture(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const end = Math.min(length, at + 1 + below(random() < 0.1 ? 5000 : 40))
    const kind = below(3)
    const back = 1 + below(Math.min(at, random() < 0.5 ? 20 : 65_535))
    for (; at < end; at++) bytes[at] = kind === 0 || at < back ? below(256) : kind === 1 ? bytes[at - back]! : 7
  }
  return bytes
}

describe('Snappy blocks', () => {
  const pack = packerOf(kernel)

  it('of every kind and size come back as they were', () => {
    const lengths = [1, 12, 13, 14, 15, 16, 17, 2048, 2049, 8192, 8193, blockBytes - 1, blockBytes]
    for (let turn = 0; turn < 400; turn++) {
      const length = lengths[turn] ?? 1 + below(turn % 10 === 0 ? blockBytes : 3000)
      const input = mixture(length)
      const packed = new Uint8Array(pack(input, 0, length))
      const output = new Uint8Array(length)
      expect(declaredBytes(packed)).toBe(length)
      unpackBlock(packed, output, 0)
      expect(Buffer.compare(output, input)).toBe(0)
    }
  })

  it('depend on nothing but their input', () => {
    const other = packerOf(kernel)
    const input = mixture(5000)
    const alone = new Uint8Array(other(input, 100, 4000))
    pack(mixture(60_000), 0, 30_000)
    expect(Buffer.compare(pack(input, 100, 4000), alone)).toBe(0)
  })

  it('never write outside their room, however damaged', () => {
    const room = 3000
    for (let turn = 0; turn < 3000; turn++) {
      const input = mixture(1 + below(room))
      const packed = turn % 3 === 0 ? mixture(1 + below(500)) : new Uint8Array(pack(input, 0, input.length))
      for (let count = below(4); count > 0; count--) packed[below(packed.length)] = below(256)
      const output = new Uint8Array(room + 200).fill(0xa5)
      const end = within(packed, output, room)
      expect(end).toBeLessThanOrEqual(100 + room)
      expect(output.subarray(0, 100).every(byte => byte === 0xa5)).toBe(true)
      expect(output.subarray(100 + room).every(byte => byte === 0xa5)).toBe(true)
    }
  })
})

/** Where it ends; 0 when it is refused. */
function within(packed: Uint8Array, output: Uint8Array, room: number): number {
  try {
    const bytes = declaredBytes(packed)
    if (bytes > room) return 0
    unpackBlock(packed, output, 100)
    return 100 + bytes
  } catch {
    return 0
  }
}
