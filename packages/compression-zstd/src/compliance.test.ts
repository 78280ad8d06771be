// zstd passes the compliance suite of compression codecs.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { compressionCompliance } from '@sluice/testing'
import { describe, it } from 'vitest'
import { zstd } from './index.ts'

describe('zstd', () => {
  for (const { name, run } of compressionCompliance) it(name, () => run({ codec: zstd() }))
})
