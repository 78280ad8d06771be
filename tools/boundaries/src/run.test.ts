import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { house } from './house.fixture.ts'
import { run } from './run.ts'

describe('pnpm check', () => {
  let root: string
  let printed: string[]
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const check = (write = false): number => run(root, write, line => printed.push(line))

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'boundaries-'))
    printed = []
    for (const [path, text] of house()) put(path, text)
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('succeeds on a repository that keeps the rules', () => {
    expect([check(), printed]).toEqual([0, ['boundaries hold in 6 files']])
  })

  it('fails when one forbidden import is added, and says where', () => {
    put('packages/core/src/clock.ts', `${house().get('packages/core/src/clock.ts')}import '@sluice/sasl'\n`)
    expect(check()).toBe(1)
    expect(printed[0]).toBe('packages/core/src/clock.ts:3  graph: core may not import sasl')
  })

  it('draws the graph anew with --write, and then holds', () => {
    put('docs/architecture.md', (house().get('docs/architecture.md') ?? '').replace('<- core', '<- nothing'))
    expect(check()).toBe(1)
    expect(check(true)).toBe(0)
  })

  it('does not read what was built or installed', () => {
    put('packages/core/dist/index.ts', "import '@sluice/sasl'\n")
    put('packages/core/node_modules/x/index.ts', 'export default 1\n')
    expect(check()).toBe(0)
  })
})
