// A plot of one cell: a bar for each client, with a whisker from its slowest to its fastest round.
import type { Figures } from './figures.ts'
import { short } from './table.ts'
import type { Spread } from './statistics.ts'

const rowHeight = 26
const labelWidth = 150
const barWidth = 420
const top = 48

export function plotOf(title: string, figures: readonly Figures[]): string {
  const rows = figures.toSorted((a, b) => b.perSecond.median - a.perSecond.median)
  const panels = [
    panel('messages per second', rows, ({ perSecond }) => perSecond, short, 0),
    panel(
      'CPU, µs per message',
      rows,
      ({ cpuUs }) => cpuUs,
      value => value.toPrecision(3),
      1
    )
  ]
  const width = 2 * (labelWidth + barWidth + 80)
  const height = top + rows.length * rowHeight + 20
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="10" y="20" font-size="16">${escape(title)}</text>`,
    ...panels.flat(),
    '</svg>',
    ''
  ].join('\n')
}

function panel(
  heading: string,
  rows: readonly Figures[],
  pick: (figures: Figures) => Spread,
  write: (value: number) => string,
  column: number
): readonly string[] {
  const left = column * (labelWidth + barWidth + 80)
  const zero = left + labelWidth
  const most = Math.max(...rows.map(row => pick(row).most))
  const x = (value: number): string => (zero + (value / most) * barWidth).toFixed(1)
  const bars = rows.flatMap((row, index) => {
    const { median, least, most: greatest } = pick(row)
    const y = top + index * rowHeight
    const middle = y + rowHeight / 2 - 2
    const color = row.peer.startsWith('ours') ? '#1b7f4d' : row.peer === 'raw' ? '#999999' : '#4a6fa5'
    return [
      `<text x="${zero - 8}" y="${middle + 4}" text-anchor="end">${escape(row.peer)}</text>`,
      `<rect x="${zero}" y="${y}" width="${((median / most) * barWidth).toFixed(1)}" height="${rowHeight - 6}" fill="${color}"/>`,
      `<line x1="${x(least)}" x2="${x(greatest)}" y1="${middle}" y2="${middle}" stroke="black"/>`,
      `<text x="${(Number(x(greatest)) + 6).toFixed(1)}" y="${middle + 4}">${write(median)}</text>`
    ]
  })
  return [`<text x="${zero}" y="${top - 8}" fill="#555555">${heading}</text>`, ...bars]
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
