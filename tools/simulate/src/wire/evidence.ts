// What a broker's answer proves about the attempt that it answers: the oracle's own reading of semantics 2.1.

/** acked: it is in the log. refused: it is not, by this attempt. out-of-order: the same, by sequence. uncertain: may be either. */
export type Fate = 'acked' | 'refused' | 'out-of-order' | 'uncertain'

const outOfOrder = 45
const refusals = new Set([
  2, 5, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 21, 29, 31, 32, 35, 42, 43, 44, 47, 48, 49, 51, 53, 59, 74, 75, 76, 87,
  89, 90, 100, 103, 120
])
/** Raised before the append, or afterwards when leadership is lost; then the answer has the offset. */
const refusalsWithoutOffset = new Set([3, 6])

/** @param trustsOffset whether an answer without an offset says that nothing was appended, as of Apache Kafka's brokers */
export function fateOf(errorCode: number, baseOffset: number, acks: number, trustsOffset: boolean = true): Fate {
  if (errorCode === 0 || errorCode === 46) return 'acked'
  if (errorCode === outOfOrder) return 'out-of-order'
  if (refusals.has(errorCode)) return 'refused'
  if (refusalsWithoutOffset.has(errorCode) && ((baseOffset < 0 && trustsOffset) || acks !== -1)) return 'refused'
  return 'uncertain'
}
