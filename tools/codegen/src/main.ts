// `pnpm generate`: writes the message codecs that the schema describes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { format, root } from './format.ts'
import { generate } from './generate.ts'

const files = generate()
for (const [path, text] of files) {
  mkdirSync(dirname(root + path), { recursive: true })
  writeFileSync(root + path, text)
}
format([...files.keys()].map(path => root + path))
process.stdout.write(`${files.size} files generated\n`)
