// Where a record of an acknowledged batch is.

/** The offset of a record by its place in its batch; -1 if the broker does not say where the batch begins. */
// hot: bench
export function offsetAt(baseOffset: bigint, place: number): bigint {
  if (baseOffset < 0n) return -1n
  return place === 0 ? baseOffset : baseOffset + BigInt(place)
}
