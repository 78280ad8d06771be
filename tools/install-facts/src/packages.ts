// What a package brings along when it is installed alone: other packages, bytes, scripts.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Manifest {
  readonly name: string
  readonly files?: readonly string[]
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Installed {
  readonly name: string
  readonly folder: string
  readonly manifest: Manifest
}

export interface InstallFacts {
  readonly name: string
  /** Itself first. */
  readonly packages: readonly Installed[]
  readonly bytes: number
  /** `package: script` for each that npm would run. */
  readonly scripts: readonly string[]
}

const installScripts = ['preinstall', 'install', 'postinstall']

export function factsOf(folder: string): InstallFacts {
  const packages = closureOf(read(folder))
  return {
    name: packages[0]!.name,
    packages,
    bytes: packages.reduce((sum, installed) => sum + bytesOf(installed), 0),
    scripts: packages.flatMap(({ name, manifest }) =>
      installScripts.filter(script => manifest.scripts?.[script] !== undefined).map(script => `${name}: ${script}`)
    )
  }
}

export function read(path: string): Installed {
  // The packages that one needs are found beside its real place.
  const folder = realpathSync(path)
  // Every manifest has at least a name.
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return { name: manifest.name, folder, manifest }
}

/** The package and what it needs, on this machine: optional packages for others are left out, as npm leaves them out. */
export function closureOf(start: Installed): Installed[] {
  const found = new Map<string, Installed>([[start.name, start]])
  for (const { folder, manifest } of found.values()) {
    const required = Object.keys(manifest.dependencies ?? {})
    const optional = Object.keys(manifest.optionalDependencies ?? {})
    for (const name of new Set([...required, ...optional])) {
      const installed = find(name, folder)
      if (installed === null && !optional.includes(name))
        throw new Error(`${name}, which ${folder} needs, is not installed`)
      if (installed !== null && !found.has(name)) found.set(name, installed)
    }
  }
  return [...found.values()]
}

function find(name: string, from: string): Installed | null {
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  for (const path of paths) {
    const folder = join(path, name)
    if (statSync(join(folder, 'package.json'), { throwIfNoEntry: false }) !== undefined) return read(folder)
  }
  return null
}

/** What is published of a package of this repository; all that is there of another's. */
function bytesOf({ folder, manifest }: Installed): number {
  const excluded = (manifest.files ?? []).filter(pattern => pattern.startsWith('!'))
  const roots = (manifest.files ?? ['.']).filter(pattern => !pattern.startsWith('!'))
  const always = manifest.files === undefined ? [] : ['package.json', 'README.md']
  return [...roots, ...always].reduce((sum, root) => sum + bytesUnder(folder, root, excluded), 0)
}

function bytesUnder(folder: string, path: string, excluded: readonly string[]): number {
  const entry = statSync(join(folder, path), { throwIfNoEntry: false })
  if (entry === undefined || excluded.some(pattern => matches(pattern.slice(1), path))) return 0
  if (!entry.isDirectory()) return entry.size
  const names = readdirSync(join(folder, path)).filter(name => name !== 'node_modules')
  return names.reduce((sum, name) => sum + bytesUnder(folder, join(path, name), excluded), 0)
}

/** As much of npm's patterns as the packages here use: a path, or `folder/**` and an ending. */
function matches(pattern: string, path: string): boolean {
  const [start, end] = pattern.split('/**/*')
  return end === undefined ? path === pattern : dirname(path).startsWith(start!) && path.endsWith(end)
}
