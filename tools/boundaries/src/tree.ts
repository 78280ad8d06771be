// The files that the check looks at: every path of the repository with its text, from a disk or made up by a test.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths from the repository's root, with `/`, and the text of each file. */
export type Tree = ReadonlyMap<string, string>

export interface Violation {
  /** The name of the rule, such as `graph`. */
  readonly rule: string
  readonly file: string
  /** From 1; 0 when the whole file is meant. */
  readonly line: number
  readonly text: string
}

const skipped = new Set(['node_modules', 'dist', 'dist-schema', 'coverage', 'vectors'])
const wanted = /(\.ts|\/package\.json|\/tsconfig[a-z.]*\.json)$/

export function readTree(root: string): Tree {
  const tree = new Map<string, string>()
  const take = (path: string): unknown => tree.set(path, readFileSync(join(root, path), 'utf8'))
  for (const path of ['package.json', 'tsconfig.json', 'docs/architecture.md']) take(path)
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name) && !entry.name.startsWith('.')) walk(path)
      } else if (wanted.test(path)) take(path)
    }
  }
  walk('packages')
  walk('tools')
  return tree
}
