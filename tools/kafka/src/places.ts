// Where downloads and running clusters are kept: outside the repository, in the places that XDG names.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Environment = Readonly<Record<string, string | undefined>>

/** Everything of one release that can be made again: jars, class archives, compiled programs. */
export function cacheOf(version: string, environment: Environment = process.env): string {
  const { SLUICE_CACHE: own, XDG_CACHE_HOME: xdg } = environment
  return join(own || join(xdg || join(homedir(), '.cache'), 'sluice'), 'kafka', version)
}

/** Under it, one folder per cluster: state, data, certificates and logs. */
export function clustersDirectory(environment: Environment = process.env): string {
  const { SLUICE_STATE: own, XDG_STATE_HOME: xdg } = environment
  return join(own || join(xdg || join(homedir(), '.local', 'state'), 'sluice'), 'kafka')
}

/** A file of this package that is not TypeScript; the same from `src` and from `dist`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}
