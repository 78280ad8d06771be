// One snappy block, compressed. AssemblyScript; kernel/make.mjs of compression-parts makes ../src/kernel.ts of it.
// Memory: a hash table (16 KiB), the block (32 KiB and a margin), its compressed form.
// Positions are found again by their first four bytes. Reads and copies may go a few bytes too far, within memory.
const TABLE: usize = 0
export const INPUT: usize = 16384
export const OUTPUT: usize = INPUT + 32768 + 64

// No search within the last bytes: too little to gain.
const MARGIN: usize = 15
// After so many failures the search takes steps of 2, then 3, and so on.
const PATIENCE: u32 = 5

// @ts-ignore: decorator
@inline
function slotOf(four: u32, shift: u32): usize {
  return TABLE + ((<usize>((four * 506832829) >> shift)) << 1)
}

function writeLiterals(out: usize, anchor: usize, count: usize): usize {
  if (count <= 60) {
    store<u8>(out++, <u8>((count - 1) << 2))
    if (count <= 16) {
      store<u64>(out, load<u64>(anchor))
      store<u64>(out + 8, load<u64>(anchor + 8))
      return out + count
    }
  } else if (count <= 256) {
    store<u8>(out, 60 << 2)
    store<u8>(out + 1, <u8>(count - 1))
    out += 2
  } else {
    store<u8>(out, 61 << 2)
    store<u16>(out + 1, <u16>(count - 1))
    out += 3
  }
  memory.copy(out, anchor, count)
  return out + count
}

/** Copies of 1 to 64 bytes, none shorter than 4 unless all of it is. */
function writeCopy(out: usize, offset: usize, length: usize): usize {
  while (length >= 68) {
    store<u8>(out, (63 << 2) | 2)
    store<u16>(out + 1, <u16>offset)
    out += 3
    length -= 64
  }
  if (length > 64) {
    store<u8>(out, (59 << 2) | 2)
    store<u16>(out + 1, <u16>offset)
    out += 3
    length -= 60
  }
  if (length < 12 && offset < 2048) {
    store<u8>(out, <u8>(((offset >> 8) << 5) | ((length - 4) << 2) | 1))
    store<u8>(out + 1, <u8>offset)
    return out + 2
  }
  store<u8>(out, <u8>(((length - 1) << 2) | 2))
  store<u16>(out + 1, <u16>offset)
  return out + 3
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

/** `length` is at most 32,768. The result is the size of what begins at OUTPUT. */
export function compress(length: usize): usize {
  const end = INPUT + length
  let anchor = INPUT
  let out = OUTPUT
  let size = length
  while (size >= 128) {
    store<u8>(out++, <u8>(size | 128))
    size >>= 7
  }
  store<u8>(out++, <u8>size)
  if (length > MARGIN) {
    // Short blocks have a small table, because clearing it takes time.
    const bits: u32 = length <= 2048 ? 10 : length <= 8192 ? 12 : 13
    const shift: u32 = 32 - bits
    memory.fill(TABLE, 0, (<usize>2) << bits)
    const lastStart = end - MARGIN
    let at = INPUT + 1
    while (true) {
      let ref: usize = 0
      let misses: usize = (<usize>1) << PATIENCE
      let found = false
      while (at <= lastStart) {
        const four = load<u32>(at)
        const slot = slotOf(four, shift)
        ref = INPUT + <usize>load<u16>(slot)
        store<u16>(slot, <u16>(at - INPUT))
        if (load<u32>(ref) == four) {
          found = true
          break
        }
        at += misses++ >> PATIENCE
      }
      if (!found) break
      while (at > anchor && ref > INPUT && load<u8>(at - 1) == load<u8>(ref - 1)) {
        at--
        ref--
      }
      if (at > anchor) out = writeLiterals(out, anchor, at - anchor)
      const matched = <usize>4 + matchLength(at + 4, ref + 4, end)
      out = writeCopy(out, at - ref, matched)
      at += matched
      anchor = at
      if (at > lastStart) break
      store<u16>(slotOf(load<u32>(at - 1), shift), <u16>(at - 1 - INPUT))
    }
  }
  if (anchor < end) out = writeLiterals(out, anchor, end - anchor)
  return out - OUTPUT
}
