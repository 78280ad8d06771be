import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { pagesOf, snippetsOf, textOf, typeCheck } from './snippets.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

describe('examples in README files and docs', () => {
  it('compile against the packages as they are', { timeout: 60_000 }, async () => {
    const snippets = pagesOf(root).flatMap(page => snippetsOf(page, textOf(root, page) ?? ''))
    expect(new Set(snippets.map(({ page }) => page))).toContain('README.md')
    expect(await typeCheck(root, snippets)).toEqual([])
  })

  it('are found to be wrong when they are, with their page and line', { timeout: 60_000 }, async () => {
    const text = [
      '# A page',
      '```ts',
      "import { Producer, stringSerializers } from '@sluice/producer'",
      "const producer = new Producer({ bootstrapBrokers: ['a'], serializers: stringSerializers })",
      "await producer.send({ messages: [{ topic: 't', value: 7 }] })",
      '```',
      '```sh',
      'not code',
      '```'
    ].join('\n')
    const complaints = await typeCheck(root, snippetsOf('page.md', text))
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(/^page\.md:5 .*TS2769/)
  })
})
