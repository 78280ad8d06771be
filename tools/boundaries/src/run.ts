// `pnpm check` without the process around it: reads a repository, prints what breaks its boundaries, gives the exit status.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './check.ts'
import { redraw } from './drawing.ts'
import { readTree } from './tree.ts'

export function run(root: string, write: boolean, print: (line: string) => void): 0 | 1 {
  if (write) writeFileSync(join(root, 'docs/architecture.md'), redraw(readTree(root)))
  const tree = readTree(root)
  const violations = check(tree)
  for (const { rule, file, line, text } of violations) print(`${file}${line > 0 ? `:${line}` : ''}  ${rule}: ${text}`)
  const code = [...tree.keys()].filter(path => path.endsWith('.ts')).length
  print(violations.length === 0 ? `boundaries hold in ${code} files` : `${violations.length} boundaries are broken`)
  return violations.length === 0 ? 0 : 1
}
