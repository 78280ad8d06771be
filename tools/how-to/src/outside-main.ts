// Follows the page on codecs outside the workspace: its code, the packed tarballs, an empty project, and nothing else.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const root = new URL('../../..', import.meta.url).pathname
const packages = [
  'core',
  'protocol',
  'connection',
  'sasl',
  'base',
  'serializers',
  'compression-parts',
  'compression-gzip',
  'producer',
  'testing'
]
const folder = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
const packs = join(folder, 'packs')

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: 'inherit' })
}

/** The page's blocks as files; the first line of each says which. */
function writeBlocks(page: string): void {
  for (const [, block = ''] of page.matchAll(/```ts\n([\s\S]*?)```/g)) {
    const [path = '', ...lines] = block.split('\n')
    writeFileSync(join(folder, basename(path)), lines.join('\n'))
  }
}

mkdirSync(packs)
for (const name of packages) run('pnpm', ['pack', '--pack-destination', packs], join(root, 'packages', name))
writeBlocks(readFileSync(join(root, 'docs/how-to/add-a-codec.md'), 'utf8'))
writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
const tarballs = readdirSync(packs).map(name => `./packs/${name}`)
run(
  'npm',
  ['install', '--no-audit', '--no-fund', ...tarballs, 'vitest@4.1.12', 'typescript@7.0.2', '@types/node@20.19.43'],
  folder
)
const strict = [
  '--strict',
  '--noEmit',
  '--module',
  'nodenext',
  '--target',
  'es2023',
  '--allowImportingTsExtensions',
  '--types',
  'node'
]
run('npx', ['tsc', ...strict, ...readdirSync(folder).filter(name => name.endsWith('.ts'))], folder)
run('npx', ['vitest', 'run'], folder)
console.log(`The codec of docs/how-to/add-a-codec.md works outside the workspace: ${folder}`)
