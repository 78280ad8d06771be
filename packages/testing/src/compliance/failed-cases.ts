// Runs a suite without a test runner and tells which cases failed.

/** The names of the cases that this implementation fails, in order. */
export async function failedCases<Setup>(
  cases: readonly { readonly name: string; readonly run: (setup: NoInfer<Setup>) => Promise<void> }[],
  setup: Setup
): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of cases) {
    // oxlint-disable-next-line no-await-in-loop -- a case may count on having the implementation for itself
    await run(setup).catch(() => failed.push(name))
  }
  return failed
}
