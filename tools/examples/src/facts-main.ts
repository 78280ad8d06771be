// Writes docs/install.md: what installing, importing and bundling Sluice costs, as measured now.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPage } from './install-page.ts'
import { measureBundles, measurePackage, packAll } from './install-facts.ts'

const imports = 15

const bundles: ReadonlyMap<string, string> = new Map([
  ['`isKafkaError`', `export { isKafkaError } from '@sluice/core'`],
  ['`Base`', `export { Base } from '@sluice/base'`],
  ['`Producer`, `stringSerializers`', `export { Producer, stringSerializers } from '@sluice/producer'`],
  [
    'the same, with `snappy`, `lz4`, `zstd` and `scramSha512`',
    `export { Producer, stringSerializers } from '@sluice/producer'
export { snappy } from '@sluice/compression-snappy'
export { lz4 } from '@sluice/compression-lz4'
export { zstd } from '@sluice/compression-zstd'
export { scramSha512 } from '@sluice/sasl'`
  ]
])

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const scratch = mkdtempSync(join(tmpdir(), 'sluice-facts-'))
try {
  const packs = packAll(root, join(scratch, 'packs'))
  const packages = [...packs.keys()].map(name => measurePackage(name, packs, scratch, imports))
  const page = join(root, 'docs/install.md')
  writeFileSync(page, installPage(packages, measureBundles(bundles, packs, scratch), imports))
  execFileSync(join(root, 'node_modules/.bin/oxfmt'), [page], { cwd: root })
  process.stdout.write('docs/install.md is written\n')
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
