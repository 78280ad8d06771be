// The words that options are written in.

export const ProduceAcks = {
  /** All in-sync replicas. */
  ALL: -1,
  /** No answer at all. */
  NO_RESPONSE: 0,
  /** The leader's log. */
  LEADER: 1
} as const
export type ProduceAcks = (typeof ProduceAcks)[keyof typeof ProduceAcks]

export const CompressionAlgorithms = {
  NONE: 'none',
  GZIP: 'gzip',
  SNAPPY: 'snappy',
  LZ4: 'lz4',
  ZSTD: 'zstd'
} as const
export type CompressionAlgorithm = (typeof CompressionAlgorithms)[keyof typeof CompressionAlgorithms]
