// Copies what is built, so that a build in the middle of a run changes nothing; of the packages, what would be published.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workspaceDirectory } from './places.ts'

/** Links between packages are relative, so the copies see each other. @returns the copy's folder */
export function freeze(): string {
  const frozen = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const packages = readdirSync(join(workspaceDirectory, 'packages')).map(name => join('packages', name))
  for (const home of [...packages, 'tools/bench', 'tools/kafka']) {
    for (const part of ['package.json', 'dist', 'node_modules/@sluice']) copy(join(home, part), frozen)
    for (const library of librariesOf(home)) copy(join(home, 'node_modules', library), frozen)
  }
  symlinkSync(join(workspaceDirectory, 'node_modules'), join(frozen, 'node_modules'))
  bundle(frozen)
  for (const home of packages) publish(join(frozen, home, 'package.json'))
  return frozen
}

function bundle(frozen: string): void {
  const config = join(workspaceDirectory, 'rolldown.config.ts')
  execFileSync(join(workspaceDirectory, 'node_modules/.bin/rolldown'), ['--config', config], {
    cwd: frozen,
    stdio: ['ignore', 'ignore', 'inherit']
  })
}

/** What is imported is what users import; entries that they do not get stay as they are. */
function publish(manifest: string): void {
  const { exports, publishConfig, ...rest } = JSON.parse(readFileSync(manifest, 'utf8')) as Published
  writeFileSync(manifest, JSON.stringify({ ...rest, exports: { ...exports, ...publishConfig.exports } }))
}

interface Published {
  readonly exports: object
  readonly publishConfig: { readonly exports: object }
}

function copy(path: string, to: string): void {
  const from = join(workspaceDirectory, path)
  if (!existsSync(from)) return
  mkdirSync(join(to, path, '..'), { recursive: true })
  cpSync(from, join(to, path), { recursive: true, verbatimSymlinks: true })
}

function librariesOf(home: string): readonly string[] {
  const folder = join(workspaceDirectory, home, 'node_modules')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.isSymbolicLink()) return [entry.name]
    if (!entry.name.startsWith('@') || entry.name === '@sluice') return []
    return readdirSync(join(folder, entry.name)).map(name => join(entry.name, name))
  })
}
