// Writes the tables of docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from './docs-tables.ts'
import { replaceSection } from './markdown.ts'
import { workspaceDirectory } from './places.ts'
import type { Run } from './run-file.ts'

export const page: string = join(workspaceDirectory, 'docs/performance.md')

/** Each run in the section of its kind; the others stay as they are. */
export function writeDocs(runs: readonly Run[]): void {
  let text = readFileSync(page, 'utf8')
  for (const run of runs) text = replaceSection(text, `figures ${run.kind}`, linesOf(run))
  writeFileSync(page, text)
}
