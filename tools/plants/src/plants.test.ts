import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { changed } from './change.ts'
import { misfits } from './index.ts'

const packages = new URL('../../../packages/', import.meta.url)

describe('a change', () => {
  const change = { file: 'some/dist/file.js', find: 'one', put: 'two' }

  it('is made where its place is', () => {
    expect(changed(change, 'a one b')).toBe('a two b')
  })

  it('is refused when its place is gone, or there are two', () => {
    expect(() => changed(change, 'a b')).toThrow('"one" fits 0 places of some/dist/file.js, not one')
    expect(() => changed(change, 'one one')).toThrow('"one" fits 2 places of some/dist/file.js, not one')
  })

  it('that fits the compiled code no more is told of', async () => {
    const gone = { file: 'core/dist/clock.js', find: 'never written there', put: '' }
    expect(await misfits([gone])).toEqual(['"never written there" fits 0 places of core/dist/clock.js, not one'])
    expect(await misfits([{ ...gone, file: 'core/dist/none.js' }])).toEqual([expect.stringContaining('ENOENT')])
  })
})

describe('packages that are shipped', () => {
  it('know of no plant, and change no module while it is loaded', async () => {
    const files = await readdir(packages, { recursive: true })
    const shipped = files.filter(file => /^[^/]+\/(package\.json|(src|dist)\/.*(?<!\.test)\.[jt]s)$/.test(file))
    expect(shipped.length).toBeGreaterThan(200)
    const texts = await Promise.all(shipped.map(async file => [file, await readFile(new URL(file, packages), 'utf8')]))
    const switches = /@sluice\/plants|tools\/plants|\bplantIn\b|\bregister(Hooks)?\(/
    expect(texts.filter(([, text]) => switches.test(text!)).map(([file]) => file)).toEqual([])
  })
})
