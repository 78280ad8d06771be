// What docs/architecture.md names is there: its files, its folders, and a row for every package and tool.
import { homesOf } from '../places.ts'
import type { Tree, Violation } from '../tree.ts'

const page = 'docs/architecture.md'

export function checkPage(tree: Tree): readonly Violation[] {
  const text = tree.get(page) ?? ''
  const paths = [...tree.keys()]
  const complain = (line: number, what: string): Violation => ({ rule: 'page', file: page, line, text: what })
  const missing = text.split('\n').flatMap((line, index) => {
    const names = [...line.matchAll(/`([\w/.-]+(?:\.ts|\/))`/g)].map(([, name = '']) => name)
    return names.filter(name => !exists(name, paths)).map(name => complain(index + 1, `there is no ${name}`))
  })
  const unnamed = homesOf(tree)
    .filter(home => !isNamed(home, text))
    .map(home => complain(0, `does not say what ${home} is`))
  return [...missing, ...unnamed]
}

/** A file by its name or by the end of its path; a folder as a part of a path. */
function exists(name: string, paths: readonly string[]): boolean {
  if (name.endsWith('/')) return paths.some(path => `/${path}`.includes(`/${name}`))
  return paths.some(path => path === name || path.endsWith(`/${name}`))
}

/** `packages/x`, or `-x` in the row of a family of packages. */
function isNamed(home: string, text: string): boolean {
  const family = /-\w+$/.exec(home)?.[0]
  return text.includes(`\`${home}\``) || (family !== undefined && text.includes(`\`${family}\``))
}
