// Growth as text: tables for people, and the same for the documents.
import type { GrowthRow, GrowthRun } from './growth.ts'
import { machineText } from './machine.ts'
import { markdownTable } from './markdown.ts'
import { between, short } from './table.ts'

const MB = 2 ** 20

export function growthLines({ machine, partitions, brokers, idle }: GrowthRun): readonly string[] {
  return [
    `On the null broker. ${machineText(machine)}`,
    '',
    ...costTable('partitions', partitions),
    '',
    ...costTable('brokers', brokers),
    '',
    ...markdownTable(
      ['partitions written to, now idle', 'resident MB', 'heap MB', 'buffers MB'],
      idle.map(row => [
        row.partitions.toLocaleString('en'),
        ...[row.rssBytes, row.heapBytes, row.bufferBytes].map(bytes => (bytes / MB).toFixed(1))
      ])
    ),
    ...perPartition(idle)
  ]
}

function costTable(what: string, rows: readonly GrowthRow[]): readonly string[] {
  const headings = [what, 'CPU µs/msg', `× first row`, 'msg/s', 'peak MB', 'msg/request']
  return markdownTable(
    headings,
    rows.map(({ count, cpuUs, times, perSecond, peakMb, perRequest }) => [
      count.toLocaleString('en'),
      cpuUs.median.toPrecision(3),
      between(times),
      short(perSecond.median),
      peakMb.toFixed(0),
      perRequest === null ? '–' : short(perRequest)
    ])
  )
}

function perPartition(idle: GrowthRun['idle']): readonly string[] {
  const [one, many] = [idle[0], idle.at(-1)]
  if (one === undefined || many === undefined || one === many) return []
  const bytes =
    (many.heapBytes + many.bufferBytes - one.heapBytes - one.bufferBytes) / (many.partitions - one.partitions)
  return ['', `An idle partition takes ${Math.round(bytes).toLocaleString('en')} bytes of heap and buffers.`]
}
