// What the fuzzer says in the end.
import type { Count } from './campaign.ts'
import type { Report } from './finding.ts'
import type { Plant } from './plants.ts'

const number = (value: number): string => value.toLocaleString('en-US')

/** One line for each group: how often each variant was executed. */
export function countLines(counts: readonly Count[]): string[] {
  const groups = grouped(counts)
  return [...groups].flatMap(([group, members]) => {
    const total = members.reduce((sum, { executions }) => sum + executions, 0)
    const kinds = members.reduce((sum, each) => sum + each.kinds, 0)
    const variants = members.map(({ variant, executions }) => `${variant} ${number(executions)}`)
    return [
      `${group.padEnd(28)} ${number(total).padStart(11)}  ${number(kinds).padStart(6)} kinds  ${variants.join(' | ')}`
    ]
  })
}

function grouped(counts: readonly Count[]): Map<string, Count[]> {
  const groups = new Map<string, Count[]>()
  for (const count of counts) groups.set(count.group, [...(groups.get(count.group) ?? []), count])
  return groups
}

export function findingLines({ target, kind, message, hex, executions }: Report, seed: number): string[] {
  return [
    `${target}: ${kind}, seed ${seed}, execution ${number(executions)}`,
    `  ${message.slice(0, 600)}`,
    `  pnpm fuzz --target '${target}' --replay '${hex}'`
  ]
}

export function plantLine({ name }: Plant, report: Report | undefined, executions: number): string {
  const found = report === undefined ? `NOT FOUND in ${number(executions)}` : `${number(report.executions)} executions`
  const how = report === undefined ? '' : `${report.kind}, ${report.target}, ${report.hex.length / 2} bytes`
  return `${name.padEnd(52)} ${found.padStart(22)}  ${how}`
}
