// The floors that docs/performance.md sets for the null broker.

export interface Floor {
  readonly perSecond: number
  readonly cpu: number
}
const same = (floor: number): Floor => ({ perSecond: floor, cpu: floor })

/** Times the fastest other client for Node, by cell; idempotent. */
export const floors: Readonly<Record<string, Floor>> = {
  'seq1/100B/none': { perSecond: 2.5, cpu: 3.5 },
  'seq1/1KiB/none': same(1.8),
  ...row('seq100', [3.5, 3], [3, 2.2], 2.5, 1.2),
  ...row('seq10k', [15, 5], [8, 3], 3, 1.5),
  ...row('conc1k', [8, 8], [6, 2.4], 2, 1.4)
}

function row(
  workload: string,
  none: readonly [number, number],
  fast: readonly [number, number],
  zstd: number,
  gzip: number
): Record<string, Floor> {
  const sizes = ['100B', '1KiB'] as const
  return Object.fromEntries(
    sizes.flatMap((size, index) => [
      [`${workload}/${size}/none`, same(none[index] ?? 0)],
      [`${workload}/${size}/snappy`, same(fast[index] ?? 0)],
      [`${workload}/${size}/lz4`, same(fast[index] ?? 0)],
      [`${workload}/${size}/zstd`, same(zstd)],
      [`${workload}/${size}/gzip`, same(gzip)]
    ])
  )
}
