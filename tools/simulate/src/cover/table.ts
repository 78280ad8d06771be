// Coverage as it is printed: a line per package, and on demand what no run came to.
import { packagesCovered, type FileCoverage } from './files.ts'

export function coverageLines(files: readonly FileCoverage[]): string[] {
  const rows = packagesCovered.map(name => {
    const own = files.filter(file => file.package === name)
    const lines = own.flatMap(file => [...file.lines.values()])
    const branches = own.flatMap(file => [...file.branches.values()])
    return `  ${name.padEnd(12)} ${share(lines)}  ${share(branches)}`
  })
  return [`  ${''.padEnd(12)} ${'lines'.padStart(24)}  ${'branches'.padStart(24)}`, ...rows]
}

function share(times: readonly number[]): string {
  const ran = times.filter(each => each > 0).length
  const percent = times.length === 0 ? 0 : (100 * ran) / times.length
  return `${percent.toFixed(1).padStart(6)} %  (${ran} of ${times.length})`.padStart(24)
}

/** Lines, and ways of branches, that no run came to. */
export function uncoveredLines(files: readonly FileCoverage[]): string[] {
  return files.flatMap(({ file, lines, branches }) => {
    const left = [...lines].filter(([, times]) => times === 0).map(([line]) => line)
    const ways = [...branches].filter(([, times]) => times === 0).map(([branch]) => branch)
    if (left.length + ways.length === 0) return []
    const parts = [
      ...(left.length === 0 ? [] : [`lines ${left.toSorted((a, b) => a - b).join(', ')}`]),
      ...(ways.length === 0 ? [] : [`branches ${ways.join(', ')}`])
    ]
    return [`  ${file}: ${parts.join('; ')}`]
  })
}
