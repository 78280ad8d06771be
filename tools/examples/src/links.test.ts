import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { deadLinks } from './links.ts'
import { pagesOf, textOf } from './snippets.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

describe('links in README files and docs', () => {
  it('lead to a page, and to a heading that it has', () => {
    expect(pagesOf(root).flatMap(page => deadLinks(root, page, textOf(root, page) ?? ''))).toEqual([])
  })

  it('are found to be dead when they are', () => {
    const text = [
      '# A page',
      '[itself](#a-page), [not](#another), [a file](../README.md), [none](README.md)',
      '[a heading](security.md#tls), [none](security.md#ssl), [elsewhere](https://kafka.apache.org/#x)',
      '```ts',
      'const code = [f](x)',
      '```'
    ].join('\n')
    expect(deadLinks(root, 'docs/reliability.md', text)).toEqual([
      'docs/reliability.md: docs/reliability.md has no heading a-page',
      'docs/reliability.md: docs/reliability.md has no heading another',
      'docs/reliability.md: there is no docs/README.md',
      'docs/reliability.md: docs/security.md has no heading ssl'
    ])
  })
})
