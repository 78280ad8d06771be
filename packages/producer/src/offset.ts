// Where a record of an acknowledged batch is.

/** The offset so many records further on; -1 if the broker does not say where the batch begins. */
// hot: bench
export function offsetBehind(offset: bigint, records: number): bigint {
  if (offset < 0n) return -1n
  if (records === 1) return offset + 1n
  return records === 0 ? offset : offset + BigInt(records)
}
