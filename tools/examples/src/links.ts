// Finds links from page to page that lead nowhere: to a file that is not there, or to a heading that a page does not have.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { textOf } from './snippets.ts'

/** What is wrong with the links of a page to others of the repository, each with its page; empty when all lead somewhere. */
export function deadLinks(root: string, page: string, text: string): readonly string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!)
  return targets.filter(target => !/^\w+:/.test(target)).flatMap(target => problemOf(root, page, target))
}

function problemOf(root: string, page: string, target: string): readonly string[] {
  const [path = '', heading] = target.split('#')
  const file = path === '' ? page : posix.join(posix.dirname(page), path)
  if (!existsSync(join(root, file))) return [`${page}: there is no ${file}`]
  if (heading === undefined || !file.endsWith('.md')) return []
  return anchorsOf(textOf(root, file) ?? '').has(heading) ? [] : [`${page}: ${file} has no heading ${heading}`]
}

/** As GitHub names headings: small letters, a dash for each space, nothing but letters, digits and dashes. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = prose(text).matchAll(/^#+ (.+)$/gm)
  const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
  return new Set([...headings].map(match => anchor(match[1]!).replaceAll(' ', '-')))
}

/** Without code. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '')
}
