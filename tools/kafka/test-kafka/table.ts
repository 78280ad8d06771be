// What a suite has found, printed as a table.

type Row = Readonly<Record<string, string | number>>

export function printTable(title: string, rows: readonly Row[]): void {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const widths = columns.map(name => Math.max(name.length, ...rows.map(row => String(row[name]).length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  const rule = widths.map(width => '-'.repeat(width))
  const lines = [columns, rule, ...rows.map(row => columns.map(name => String(row[name])))].map(line)
  console.log(`${title}\n\n${lines.join('\n')}\n`)
}
