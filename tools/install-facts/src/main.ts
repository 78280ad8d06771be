// Prints what each package brings along, and how large typical programs are. The packages must be built and bundled (`rolldown -c rolldown.config.ts`).
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleOf } from './bundles.ts'
import { factsOf } from './packages.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

// `cli` depends on every plugin, so all of these are found from there.
const programs = [
  "export { isKafkaError } from '@sluice/core'",
  "export { Producer } from '@sluice/producer'",
  "export { Producer, stringSerializers } from '@sluice/producer'; export { zstd } from '@sluice/compression-zstd'; export { lz4 } from '@sluice/compression-lz4'"
]

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(11)
}

const lines = ['package'.padEnd(28) + 'packages'.padStart(9) + 'on disk'.padStart(11) + '  install scripts']
for (const name of readdirSync(join(root, 'packages'))) {
  const facts = factsOf(join(root, 'packages', name))
  const scripts = facts.scripts.length === 0 ? 'none' : facts.scripts.join(', ')
  lines.push(
    facts.name.padEnd(28) + String(facts.packages.length).padStart(9) + kilobytes(facts.bytes) + `  ${scripts}`
  )
}
const bundles = await Promise.all(programs.map(program => bundleOf(program, join(root, 'packages', 'cli'))))
lines.push('', '   minified       gzip  program')
for (const { program, bytes, gzipBytes } of bundles)
  lines.push(`${kilobytes(bytes)}${kilobytes(gzipBytes)}  ${program}`)
console.log(lines.join('\n'))
