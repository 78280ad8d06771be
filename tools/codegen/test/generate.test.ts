// The committed modules are what the schema says.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { format, root } from '../src/format.ts'
import { generate, generatedFolders } from '../src/generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'generated-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Generates into a folder of its own, so that what is committed stays as it is. */
function generateAside(): Map<string, string> {
  const paths = [...generate()].map(([path, text]) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    return path
  })
  format(paths.map(path => join(folder, path)))
  return new Map(paths.map(path => [path, readFileSync(join(folder, path), 'utf8')]))
}

const generated = generateAside()
const handWritten = new Set(['server-api.ts'])

function exportedNames(path: string): string[] {
  const lists = [...readFileSync(root + path, 'utf8').matchAll(/export (?:type )?\{([^}]*)\} from/g)]
  return lists
    .flatMap(([, list]) => list!.split(',').map(name => name.replace('type ', '').trim()))
    .filter(name => name !== '')
}

test.each([...generated.keys()])('%s is up to date: else run `pnpm generate`', path => {
  expect(readFileSync(root + path, 'utf8')).toBe(generated.get(path))
})

test.each(generatedFolders)('%s holds nothing that is no longer generated', path => {
  const left = readdirSync(root + path).filter(name => !generated.has(`${path}/${name}`) && !name.endsWith('.test.ts'))
  expect(left.filter(name => !handWritten.has(name))).toEqual([])
})

test('the package exports every codec and type of its messages', () => {
  const exported = new Set(exportedNames('packages/protocol/src/index.ts'))
  expect(exportedNames('packages/protocol/src/messages/index.ts').filter(name => !exported.has(name))).toEqual([])
})
