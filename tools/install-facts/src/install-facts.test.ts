// The facts are those of the folders that they are taken from.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundleOf } from './bundles.ts'
import { factsOf } from './packages.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-facts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function place(path: string, text: string | object): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), typeof text === 'string' ? text : JSON.stringify(text))
}

describe('what a package brings along', () => {
  it('is itself and what it needs, with all their bytes and scripts', () => {
    place('one/package.json', {
      name: 'one',
      files: ['dist', '!dist/skip', 'src', '!src/**/*.test.ts'],
      dependencies: { two: '1' },
      optionalDependencies: { elsewhere: '1' }
    })
    place('one/dist/a.js', '12345')
    place('one/dist/skip', '1234567')
    place('one/src/deep/a.ts', '123')
    place('one/src/deep/a.test.ts', '123456789')
    place('one/other', 'not published')
    place('one/node_modules/two/package.json', { name: 'two', scripts: { postinstall: 'x', test: 'y' } })
    const facts = factsOf(join(folder, 'one'))
    const manifests = facts.packages.map(({ manifest }) => JSON.stringify(manifest).length)
    expect(facts.packages.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(facts.bytes).toBe(8 + manifests[0]! + manifests[1]!)
    expect(facts.scripts).toEqual(['two: postinstall'])
  })

  it('cannot be told while something is missing', () => {
    place('one/package.json', { name: 'one', dependencies: { 'not-there-at-all': '1' } })
    expect(() => factsOf(join(folder, 'one'))).toThrow('not-there-at-all')
  })
})

describe('a bundle', () => {
  it('has what the program uses, and no more', async () => {
    place('node_modules/lib/package.json', { name: 'lib', type: 'module', exports: './index.js', sideEffects: false })
    place('node_modules/lib/index.js', `export const used = 'x'.repeat(5)\nexport const unused = '${'y'.repeat(5000)}'`)
    const { bytes, gzipBytes } = await bundleOf("import { used } from 'lib'; console.log(used)", folder)
    expect(bytes).toBeGreaterThan(10)
    expect(bytes).toBeLessThan(500)
    expect(gzipBytes).toBeGreaterThan(10)
  })
})
