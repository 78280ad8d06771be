// Short runs of what `pnpm chaos` does for half an hour.
import { describe, expect, test } from 'vitest'
import type { ChaosArguments } from '../src/arguments.ts'
import { chaos, type ChaosResult } from '../src/chaos.ts'
import { claims } from '../src/claims.ts'
import { faults, outage } from '../src/mistreatments.ts'

const short: ChaosArguments = {
  minutes: 1,
  modes: ['idempotent', 'plain'],
  seed: 7,
  rate: 3_000,
  outageSeconds: 0,
  deliveryTimeout: null,
  json: null
}
const quiet = (): void => undefined
/** Starting, a minute of faults, the longest delivery timeout, and reading back. */
const limitMs = 400_000

/** What was not as promised, and what was seen of it. */
function broken(result: ChaosResult, given: ChaosArguments): readonly string[] {
  const failed = claims(result, given).filter(({ holds }) => !holds)
  const stories = result.wings.flatMap(({ findings }) => findings.stories)
  return failed.length === 0 ? [] : [...failed.map(({ of, what, detail }) => `${of}, ${what}: ${detail}`), ...stories]
}

describe('a mistreated cluster', () => {
  test('nothing lost or reordered, no outcome untrue, no repetition unexplained', { timeout: limitMs }, async () => {
    const result = await chaos(short, faults(short.minutes, short.seed), quiet)
    expect(broken(result, short)).toEqual([])
  })

  test('all brokers dead for 20 s: memory is bounded, and all is delivered after', { timeout: limitMs }, async () => {
    const given: ChaosArguments = { ...short, rate: 6_000, seed: 9, outageSeconds: 20 }
    const result = await chaos(given, outage(given.outageSeconds), quiet)
    expect(broken(result, given)).toEqual([])
    // Those whose calls may take seconds only were told so.
    for (const { told } of result.wings) expect(told.counts.notPersisted + told.counts.unknown).toBeGreaterThan(0)
  })
})
