// What surfaces as uncaught while a test runs, kept from the test runner.

/** Takes over the process's uncaught exceptions; `end` gives the messages of those that came, and gives the others back. */
export function catchAllUncaught(): { readonly end: () => Promise<string[]> } {
  const thrown: string[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const keep = (error: Error): void => void thrown.push(error.message)
  process.on('uncaughtException', keep)
  return {
    end: async () => {
      await new Promise(setImmediate)
      process.off('uncaughtException', keep)
      for (const listener of others) process.on('uncaughtException', listener)
      return thrown
    }
  }
}
