// What was thrown, in words: anything can be thrown, even what has no text form.

/** The message of an error, or the text of what was thrown in place of one. Never throws. */
export function reasonOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'something that has no text form was thrown'
  }
}
