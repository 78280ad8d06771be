// `--profile`: ours alone, its CPU profile written and its hottest functions named.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './benchmark.ts'
import type { Cell } from './cells.ts'
import { messageCount, writeMessages } from './messages.ts'
import { cacheFolder } from './places.ts'
import { hottest, readProfile } from './profile.ts'
import { runClient } from './run-client.ts'

export async function profileCell(bench: Bench, cell: Cell): Promise<void> {
  const { given, lineup, stage, say } = bench
  const [peer] = lineup.peers
  if (peer === undefined) throw new Error('There is nobody to profile')
  const pin = cell.pinned ? bench.pinning.hold : []
  const target = await stage.open(cell, pin)
  if (typeof target === 'string') return say(`${cell.name}: ${target}`)
  const messages = join(lineup.frozen, `messages-${messageCount(cell)}.txt`)
  const profile = join(cacheFolder('profiles'), `${cell.name.replaceAll('/', '-')}.cpuprofile`)
  writeMessages(messages, cell)
  try {
    const { warmMs, measureMs } = given
    const work = { cell, brokers: target.brokers, topic: target.topic, messages, warmMs, latencyMs: 0 }
    const rest = { lingerMs: 0, countAllocations: false, modules: lineup.modules }
    const certificate = cell.tls ? stage.certificate : null
    const task = { client: peer.client, ...work, ...rest, profile, certificate }
    const { measured } = await runClient(
      { command: [...pin, ...peer.command], flat: false, task, target, release: [] },
      measureMs
    )
    const rate = Math.round(measured.messages / measured.seconds)
    say(`${cell.name}: ${rate} messages/s, ${(measured.cpuUs / measured.messages).toFixed(3)} µs of CPU each`)
  } finally {
    await target.stop()
    rmSync(messages, { force: true })
  }
  for (const { name, place, share } of hottest(readProfile(profile), 30)) {
    say(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`)
  }
  say(`The profile is ${profile}; Chrome’s developer tools open it`)
}
