// The code on the pages of docs/how-to is the code that is compiled and run here.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const pages = readdirSync(`${root}docs/how-to`).filter(name => name.endsWith('.md'))
const folders = readdirSync(`${root}tools/how-to/src`, { withFileTypes: true }).filter(entry => entry.isDirectory())
const files = folders.flatMap(({ name }) =>
  readdirSync(`${root}tools/how-to/src/${name}`).map(file => `${name}/${file}`)
)

interface Block {
  readonly path: string
  readonly code: string
}

/** Blocks whose first line is the path of a file here. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(`${root}docs/how-to/${page}`, 'utf8')
  const matches = text.matchAll(/^```ts\n\/\/ tools\/how-to\/src\/(\S+)\n(.*?)^```$/gms)
  return [...matches].map(([, path, code]) => ({ path: path!, code: code! }))
}

describe('the pages', () => {
  it.each(pages.flatMap(page => blocksOf(page)))('show $path as it is', ({ path, code }) => {
    expect(code).toBe(readFileSync(`${root}tools/how-to/src/${path}`, 'utf8'))
  })

  it('show every file, on the page that its folder is named after', () => {
    const shown = pages.flatMap(page => blocksOf(page).map(({ path }) => `${page} ${path}`))
    expect(shown.toSorted()).toEqual(files.map(file => `${file.split('/')[0]}.md ${file}`).toSorted())
  })
})
