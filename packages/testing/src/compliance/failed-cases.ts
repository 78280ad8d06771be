// Runs a suite without a test runner and tells which cases failed, and what they say.

interface Case<Setup> {
  readonly name: string
  readonly run: (setup: NoInfer<Setup>) => Promise<void>
}

/** What each case that this implementation fails says of it, by name, in order. */
export async function failures<Setup>(cases: readonly Case<Setup>[], setup: Setup): Promise<Record<string, string>> {
  const said: Record<string, string> = {}
  for (const { name, run } of cases) {
    // oxlint-disable-next-line no-await-in-loop -- a case may count on having the implementation for itself
    await run(setup).catch((error: unknown) => {
      said[name] = error instanceof Error ? error.message : String(error)
    })
  }
  return said
}

/** The names of the cases that this implementation fails, in order. */
export async function failedCases<Setup>(cases: readonly Case<Setup>[], setup: Setup): Promise<string[]> {
  return Object.keys(await failures(cases, setup))
}
