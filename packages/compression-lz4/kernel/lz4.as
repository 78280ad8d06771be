// One LZ4 block, compressed. AssemblyScript; kernel/make.mjs of compression-parts makes ../src/kernel.ts of it.
// Memory: a hash table (16 KiB), the block (64 KiB and a margin), its compressed form.
// Positions are found again by their first five bytes: a match of four bytes saves one. Reads and copies may go a few bytes too
// far, within memory.
const TABLE: usize = 0
export const INPUT: usize = 16384
export const OUTPUT: usize = INPUT + 65536 + 64

// Of the format: no match begins within the last 12 bytes, none reaches into the last 5.
const LAST_LITERALS: usize = 5
const MATCH_LIMIT: usize = 12
// After so many failures the search takes steps of 2, then 3, and so on.
const PATIENCE: u32 = 6
const LONG_STEPS: usize = (<usize>2) << PATIENCE

// @ts-ignore: decorator
@inline
function slotOf(at: usize, shift: u64): usize {
  return TABLE + ((<usize>(((load<u64>(at) << 24) * 889523592379) >> shift)) << 1)
}

function writeLength(out: usize, rest: usize): usize {
  while (rest >= 255) {
    store<u8>(out++, 255)
    rest -= 255
  }
  store<u8>(out++, <u8>rest)
  return out
}

function writeLiterals(out: usize, anchor: usize, count: usize, token: usize): usize {
  if (count < 15) {
    store<u8>(token, <u8>(count << 4))
    store<u64>(out, load<u64>(anchor))
    store<u64>(out + 8, load<u64>(anchor + 8))
    return out + count
  }
  store<u8>(token, 0xf0)
  out = writeLength(out, count - 15)
  memory.copy(out, anchor, count)
  return out + count
}

function matchLength(at: usize, ref: usize, end: usize): usize {
  const start = at
  while (at + 8 <= end) {
    const difference = load<u64>(at) ^ load<u64>(ref)
    if (difference != 0) return at - start + <usize>(ctz(difference) >> 3)
    at += 8
    ref += 8
  }
  while (at < end && load<u8>(at) == load<u8>(ref)) {
    at++
    ref++
  }
  return at - start
}

/** `length` is at most 65,536. The result is the size of what begins at OUTPUT. */
export function compress(length: usize): usize {
  const end = INPUT + length
  let anchor = INPUT
  let out = OUTPUT
  if (length > MATCH_LIMIT) {
    // Short blocks have a small table, because clearing it takes time.
    const bits: u32 = length <= 2048 ? 10 : length <= 8192 ? 12 : 13
    const shift: u64 = 64 - bits
    memory.fill(TABLE, 0, (<usize>2) << bits)
    const lastStart = end - MATCH_LIMIT
    const matchEnd = end - LAST_LITERALS
    let at = INPUT + 1
    while (true) {
      let ref: usize = 0
      let misses: usize = (<usize>1) << PATIENCE
      let found = false
      while (at <= lastStart) {
        const four = load<u32>(at)
        const slot = slotOf(at, shift)
        ref = INPUT + <usize>load<u16>(slot)
        store<u16>(slot, <u16>(at - INPUT))
        if (load<u32>(ref) == four) {
          found = true
          break
        }
        at += misses++ >> PATIENCE
      }
      if (!found) break
      // Only who took long steps can have passed over the beginning.
      if (misses > LONG_STEPS) {
        while (at > anchor && ref > INPUT && load<u8>(at - 1) == load<u8>(ref - 1)) {
          at--
          ref--
        }
      }
      const token = out++
      out = writeLiterals(out, anchor, at - anchor, token)
      store<u16>(out, <u16>(at - ref))
      out += 2
      const more = matchLength(at + 4, ref + 4, matchEnd)
      if (more < 15) store<u8>(token, load<u8>(token) | <u8>more)
      else {
        store<u8>(token, load<u8>(token) | 15)
        out = writeLength(out, more - 15)
      }
      at += 4 + more
      anchor = at
      if (at > lastStart) break
      store<u16>(slotOf(at - 2, shift), <u16>(at - 2 - INPUT))
    }
  }
  const token = out++
  return writeLiterals(out, anchor, end - anchor, token) - OUTPUT
}
