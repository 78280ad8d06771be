// Writes the tables of docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from './docs-tables.ts'
import { growthLines } from './growth-tables.ts'
import type { GrowthRun } from './growth.ts'
import { replaceSection } from './markdown.ts'
import { workspaceDirectory } from './places.ts'
import type { Run } from './run-file.ts'

export const page: string = join(workspaceDirectory, 'docs/performance.md')

/** Each run in the section of its kind, or in the one that is named; the others stay as they are. */
export function writeDocs(runs: readonly (Run | GrowthRun)[], section: string | null): void {
  let text = readFileSync(page, 'utf8')
  for (const run of runs) {
    const lines = run.kind === 'growth' ? growthLines(run) : linesOf(run)
    text = replaceSection(text, `figures ${section ?? run.kind}`, lines)
  }
  writeFileSync(page, text)
}
