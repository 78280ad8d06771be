// Runs a suite without a test runner and tells which cases failed.
import type { ComplianceCase } from './case.ts'

/** The names of the cases that this implementation fails, in order. */
export async function failedCases<Setup>(cases: readonly ComplianceCase<Setup>[], setup: Setup): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of cases) {
    // oxlint-disable-next-line no-await-in-loop -- a case may count on having the implementation for itself
    await run(setup).catch(() => failed.push(name))
  }
  return failed
}
