// Short runs of what `pnpm chaos` does for half an hour.
import { describe, expect, test } from 'vitest'
import type { ChaosArguments } from '../src/arguments.ts'
import { chaos, type ChaosResult } from '../src/chaos.ts'
import { faults, outage } from '../src/mistreatments.ts'
import { promises } from '../src/report.ts'

const short: ChaosArguments = { minutes: 1, mode: 'idempotent', seed: 7, rate: 3_000, soak: false, outageSeconds: 0 }
const quiet = (): void => undefined
/** Starting, a minute of faults, the longest delivery timeout, and reading back. */
const limitMs = 400_000

/** What was not as promised, and what was seen of it. */
function broken(result: ChaosResult, given: ChaosArguments): readonly string[] {
  const claims = promises(result, given).filter(({ holds }) => !holds)
  return claims.length === 0
    ? []
    : [...claims.map(({ what, detail }) => `${what}: ${detail}`), ...result.findings.stories]
}

describe('a mistreated cluster', () => {
  test('idempotent: nothing lost, doubled or reordered, and every outcome true', { timeout: limitMs }, async () => {
    const result = await chaos(short, faults(short.minutes, short.seed), quiet)
    expect(broken(result, short)).toEqual([])
    expect(result.tally.of('kill')).toBeGreaterThan(0)
    expect(result.tally.of('cut')).toBeGreaterThan(0)
  })

  test('plain: nothing lost, every repetition explained, every outcome true', { timeout: limitMs }, async () => {
    const given: ChaosArguments = { ...short, mode: 'plain', seed: 8 }
    const result = await chaos(given, faults(given.minutes, given.seed), quiet)
    expect(broken(result, given)).toEqual([])
  })

  test(
    'all brokers dead for 20 s: send asks to wait, memory is bounded, nothing is lost',
    { timeout: limitMs },
    async () => {
      const given: ChaosArguments = { ...short, rate: 6_000, seed: 9, outageSeconds: 20 }
      const result = await chaos(given, outage(given.outageSeconds), quiet)
      expect(broken(result, given)).toEqual([])
      // Those whose calls may take seconds only were told so.
      expect(result.counts.notPersisted + result.counts.unknown).toBeGreaterThan(0)
    }
  )
})
