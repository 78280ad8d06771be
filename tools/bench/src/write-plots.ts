// Writes a plot of each cell of a run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { figuresOf } from './figures.ts'
import { plotOf } from './plot.ts'
import type { Run } from './run-file.ts'

export function writePlots(folder: string, { stage, results }: Run): void {
  mkdirSync(folder, { recursive: true })
  for (const result of results) {
    const figures = figuresOf(result)
    if (figures.length === 0) continue
    const file = `${result.cell.name.replaceAll('/', '-')}.svg`
    writeFileSync(join(folder, file), plotOf(`${result.cell.name}, ${stage}`, figures))
  }
}
