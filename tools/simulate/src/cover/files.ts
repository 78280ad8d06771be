// From what V8 counted in built files to lines and branches of the sources.
import type { Profiler } from 'node:inspector'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { convert } from 'ast-v8-to-istanbul'
import { parseAst } from 'rolldown/parseAst'

/** Packages whose coverage is told: the delivery code, and what carries it. */
export const packagesCovered: readonly string[] = ['producer', 'base', 'connection']

export interface FileCoverage {
  readonly package: string
  /** Inside the package, such as `src/sender.ts`. */
  readonly file: string
  /** How often each line with a statement on it ran. */
  readonly lines: Map<number, number>
  /** How often each way of each branch was taken, by the line of the branch and its place among its ways. */
  readonly branches: Map<string, number>
}

const builtFile = /\/packages\/([^/]+)\/dist\/.+\.js$/

export function isCovered(url: string): boolean {
  return packagesCovered.includes(builtFile.exec(url)?.[1] ?? '')
}

/** Adds up the counts of several threads. */
export async function coverageOf(threads: readonly (readonly Profiler.ScriptCoverage[])[]): Promise<FileCoverage[]> {
  const files = new Map<string, FileCoverage>()
  for (const script of threads.flat()) {
    // Each script is read once per thread; there are few of both.
    // oxlint-disable-next-line no-await-in-loop
    for (const file of await sourcesOf(script)) {
      const known = files.get(file.file)
      if (known === undefined) files.set(file.file, file)
      else add(known, file)
    }
  }
  return [...files.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

async function sourcesOf(script: Profiler.ScriptCoverage): Promise<FileCoverage[]> {
  const path = fileURLToPath(script.url)
  const [code, map] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.map`, 'utf8')])
  const converted = await convert({ code, sourceMap: JSON.parse(map), coverage: script, ast: parseAst(code) as never })
  return Object.values(converted).map(({ path: source, statementMap, s, branchMap, b }) => {
    const [, name = '', file = ''] = /\/packages\/([^/]+)\/(src\/.+)$/.exec(source) ?? []
    const found: FileCoverage = { package: name, file: `${name}/${file}`, lines: new Map(), branches: new Map() }
    for (const [id, { start }] of Object.entries(statementMap)) more(found.lines, start.line, s[id] ?? 0)
    for (const [id, { loc, type }] of Object.entries(branchMap)) {
      for (const [way, times] of (b[id] ?? []).entries())
        more(found.branches, `${loc.start.line}:${loc.start.column} ${type} ${way}`, times)
    }
    return found
  })
}

function add(to: FileCoverage, from: FileCoverage): void {
  for (const [line, times] of from.lines) more(to.lines, line, times)
  for (const [branch, times] of from.branches) more(to.branches, branch, times)
}

function more<Key>(counts: Map<Key, number>, key: Key, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times)
}
