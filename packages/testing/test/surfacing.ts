// What comes out as an uncaught exception while a test runs.

/** What surfaces as an uncaught exception while the task runs, instead of ending the process. */
export async function surfacing(task: () => Promise<void>): Promise<string[]> {
  const caught: string[] = []
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', error => caught.push(error.message))
  try {
    await task()
    // By then everything that was thrown from a microtask has come out.
    await new Promise(resolve => setImmediate(resolve))
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
  }
  return caught
}
