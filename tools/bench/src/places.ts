// Where the benchmark keeps what it fetches and builds: outside the repository.
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { SLUICE_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
const sluiceCache = own || join(xdg || join(homedir(), '.cache'), 'sluice')

export const cacheDirectory: string = join(sluiceCache, 'bench')
/** Of the harness for real brokers. */
export const kafkaCache: string = join(sluiceCache, 'kafka')
export type NodeMajor = 22 | 24

/** Whose node_modules holds the peers, the native ones built for this Node. */
export function modulesFor(node: NodeMajor): string {
  return join(cacheDirectory, node === 24 ? 'npm' : `npm-${node}`)
}

/** A file of this package that is not TypeScript; the same from `src` and from `dist`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

export const workspaceDirectory: string = fileURLToPath(new URL('../../../', import.meta.url))

export function cacheFolder(name: string): string {
  const folder = join(cacheDirectory, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
