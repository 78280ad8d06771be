// Sequence numbers: a 64-bit logical count inside, 31 bits on the wire (semantics of KIP-98).

const wireModulus = 2 ** 31

/**
 * The number on the wire of a logical sequence in an epoch that began at `epochBase`: 0 to 2^31 - 1, wrapping to 0.
 * Comparisons are made on logical counts only, which never wrap.
 */
export function wireSequence(logical: number, epochBase: number): number {
  return (logical - epochBase) % wireModulus
}
