// `pnpm vectors`: makes the golden vectors anew. Needs Java, and Maven the first time.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { kebab } from './emit-module.ts'
import { root } from './format.ts'
import { makeVectors, vectorFile, vectorFolder } from './vectors.ts'

const files = makeVectors().map(vectors => ({ name: `${kebab(vectors.api)}.json`, text: vectorFile(vectors) }))
mkdirSync(root + vectorFolder, { recursive: true })
for (const name of readdirSync(root + vectorFolder)) rmSync(`${root}${vectorFolder}/${name}`)
for (const { name, text } of files) writeFileSync(`${root}${vectorFolder}/${name}`, text)
process.stdout.write(`${files.length} files of vectors made\n`)
