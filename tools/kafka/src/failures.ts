// The two ways in which a command fails that are not a bug: what was asked makes no sense, or the machine lacks something.

/** The arguments make no sense. The command ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** The machine, the download or a broker failed. The message says what to do. The command ends with status 1. */
export class HarnessError extends Error {
  override readonly name: string = 'HarnessError'
}
