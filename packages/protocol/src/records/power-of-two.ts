// Sizes of memory that is used again.

/** The least power of two that has room for so many bytes: from 2 to 2^32. */
// hot: some times per batch
export function powerOfTwo(bytes: number): number {
  // Not `2 ** n`, which is a call into a library; and a shift alone ends at 2^31, with a sign.
  return ((1 << (31 - Math.clz32(bytes - 1))) >>> 0) * 2
}
