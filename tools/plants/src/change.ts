// A change of one place in one compiled file.

export interface Change {
  /** The end of the file's address, from the package's folder on: `producer/dist/verdict.js`. */
  readonly file: string
  readonly find: string
  readonly put: string
}

/** @throws Error when the place is not there exactly once: the code has changed, and the plant must follow */
export function changed({ file, find, put }: Change, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`"${find}" fits ${parts.length - 1} places of ${file}, not one`)
  return parts.join(put)
}
