// Tables of Markdown, laid out as the formatter wants them.

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map(row => row[column]?.length ?? 0))
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => padded(cell, column, widths[column] ?? 0)).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(headings), `| ${rule.join(' | ')} |`, ...rows.map(line)]
}

/** Names to the left, figures to the right. */
function padded(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/**
 * The page with another text between the marks of a section, `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws Error for a page without these marks
 */
export function replaceSection(page: string, name: string, lines: readonly string[]): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = page.indexOf(open)
  const to = page.indexOf(close, from)
  if (from < 0 || to < 0) throw new Error(`The page has no section between ${open} and ${close}`)
  return `${page.slice(0, from + open.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}
