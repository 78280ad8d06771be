// snappy passes the compliance suite of compression codecs.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { compressionCompliance } from '@sluice/testing'
import { describe, it } from 'vitest'
import { snappy } from './index.ts'

describe('snappy', () => {
  for (const { name, run } of compressionCompliance) it(name, () => run({ codec: snappy() }))
})
