// Measures what a user gets: each package installed by itself into an empty project, imported, and bundled.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface PackageFacts {
  readonly name: string
  /** Everything that npm puts into node_modules, the package itself included. */
  readonly packages: number
  /** Those among them that are not part of Sluice. */
  readonly foreign: readonly string[]
  readonly installScripts: readonly string[]
  readonly bytes: number
  /** Of these, JavaScript: what Node may load. */
  readonly codeBytes: number
  /** The fastest of several imports, each in a process of its own; null for a package that is a command. */
  readonly importMs: number | null
}

export interface BundleFacts {
  readonly what: string
  readonly minifiedBytes: number
  readonly gzippedBytes: number
}

/** Tarballs by package name. */
export type Packs = ReadonlyMap<string, string>

/** What would be published of each package; everything must be built. */
export function packAll(root: string, folder: string): Packs {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { packageManager } = readJson(join(root, 'package.json')) as { packageManager: string }
  const packs = new Map<string, string>()
  for (const name of readdirSync(join(root, 'packages'))) {
    const packed = join(folder, `${name}.tgz`)
    run('npx', ['--prefer-offline', '--yes', packageManager, 'pack', '--out', packed], join(root, 'packages', name))
    packs.set(`@sluice/${name}`, packed)
  }
  return packs
}

export function measurePackage(name: string, packs: Packs, scratch: string, imports: number): PackageFacts {
  const project = install([name], packs, join(scratch, name.replace('/', '-')))
  const lock = readJson(join(project, 'package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  const modules = join(project, 'node_modules')
  const installed = Object.entries(lock.packages).filter(([path]) => path !== '' && exists(join(project, path)))
  const names = installed.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  const { bin } = readJson(join(modules, name, 'package.json')) as { bin?: object }
  return {
    name,
    packages: names.length,
    foreign: names.filter(other => !packs.has(other)),
    installScripts: installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    bytes: bytesUnder(modules, () => true),
    codeBytes: bytesUnder(modules, path => /\.[cm]?js$|\.node$/.test(path)),
    importMs: bin === undefined ? importTime(name, project, imports) : null
  }
}

/** `entries` are the lines that a program would write, by what to call them. */
export function measureBundles(entries: ReadonlyMap<string, string>, packs: Packs, scratch: string): BundleFacts[] {
  const project = install([...packs.keys()], packs, join(scratch, 'bundles'), { esbuild: '0.28.2' })
  return [...entries].map(([what, code], index) => {
    const entry = join(project, `entry-${index}.js`)
    const bundle = join(project, `bundle-${index}.mjs`)
    writeFileSync(entry, code)
    const options = ['--bundle', '--minify', '--platform=node', '--format=esm', '--external:@toondepauw/node-zstd']
    run('npx', ['esbuild', entry, ...options, `--outfile=${bundle}`, '--log-level=error'], project)
    const bytes = readFileSync(bundle)
    return { what, minifiedBytes: bytes.length, gzippedBytes: gzipSync(bytes).length }
  })
}

/** An empty project that wants `names` and gets every other package of Sluice, if it needs one, from its tarball. */
function install(names: readonly string[], packs: Packs, folder: string, more: Record<string, string> = {}): string {
  const fromTarballs = (wanted: boolean): object =>
    Object.fromEntries([...packs].flatMap(([name, path]) => (names.includes(name) === wanted ? [[name, path]] : [])))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const dependencies = { ...fromTarballs(true), ...more }
  const manifest = { name: 'empty', private: true, type: 'module', dependencies, overrides: fromTarballs(false) }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder)
  return folder
}

function importTime(name: string, project: string, times: number): number {
  const code = `const t = performance.now(); await import('${name}'); console.log(performance.now() - t)`
  const measured: number[] = []
  // The first one reads the files from disk.
  for (let i = 0; i <= times; i++) {
    const ms = Number(run(process.execPath, ['--input-type=module', '--eval', code], project))
    if (i > 0) measured.push(ms)
  }
  // What else runs on the machine can only make it slower.
  return Math.min(...measured)
}

function bytesUnder(folder: string, counts: (path: string) => boolean): number {
  let bytes = 0
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // npm's own notes, and links to commands, are no part of a package.
    if (path.startsWith('.package-lock') || path.startsWith(`.bin${sep}`)) continue
    const stat = statSync(join(folder, path))
    if (stat.isFile() && counts(path)) bytes += stat.size
  }
  return bytes
}

function run(command: string, options: readonly string[], cwd: string): string {
  return execFileSync(command, options, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
