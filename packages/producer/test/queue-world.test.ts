// The partition queue in random worlds: whatever happens, what it says of each record is true.
import { describe, expect, test } from 'vitest'
import { QueueWorld, type WorldFaults } from './queue-world.ts'

const calm: WorldFaults = { cut: 0, refuse: 0, failAfterAppend: 0, reject: 0, expire: 0, forget: 0 }

const worlds: Record<string, WorldFaults> = {
  'a calm world': calm,
  'connections that die': { ...calm, cut: 0.08 },
  'leaders that move': { ...calm, refuse: 0.15 },
  'errors after the append': { ...calm, failAfterAppend: 0.15 },
  'records that are refused': { ...calm, reject: 0.1 },
  'records that are refused before others are lost': { ...calm, cut: 0.1, reject: 0.12, expire: 0.05 },
  'records that expire': { ...calm, cut: 0.05, expire: 0.1 },
  'everything at once': { ...calm, cut: 0.06, refuse: 0.06, failAfterAppend: 0.06, reject: 0.04, expire: 0.06 }
}

const seeds = 150

describe('partition queue in a random world', () => {
  for (const [name, faults] of Object.entries(worlds)) {
    test(`idempotent, with ${name}: nothing lost, doubled or reordered, every outcome true`, () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const world = new QueueWorld(seed, faults)
        world.run(250)
        expect(judge(world), `seed ${seed}`).toEqual([])
      }
    })

    test(`plain, with ${name}: nothing lost or reordered, every outcome true`, () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const world = new QueueWorld(seed, faults, false)
        world.run(250)
        expect(judge(world, false), `seed ${seed}`).toEqual([])
      }
    })
  }
})

/** Every promise that this world broke. */
function judge(world: QueueWorld, idempotent = true): string[] {
  const broken: string[] = []
  const copies = new Map<number, number>()
  for (const record of world.log) copies.set(record, (copies.get(record) ?? 0) + 1)
  for (let record = 0; record < world.accepted; record++) {
    const outcome = world.outcomes.get(record)
    const count = copies.get(record) ?? 0
    if (outcome === undefined) broken.push(`${record} never settled`)
    if (outcome === 'acked' && count === 0) broken.push(`${record} lost`)
    if (outcome === 'not-persisted' && count > 0) broken.push(`${record} is in the log, and was said not to be`)
    if (idempotent && count > 1) broken.push(`${record} is in the log ${count} times`)
  }
  for (const record of world.settledTwice) broken.push(`${record} settled twice`)
  if (idempotent) {
    for (const record of world.wrongOffsets) broken.push(`${record} is not at its offset`)
    for (const record of world.goldenRuleBroken) broken.push(`${record} was sent under a second identity`)
    if (world.log.some((record, place) => place > 0 && world.log[place - 1]! > record)) broken.push('out of order')
    if (world.mostStaged > 5) broken.push(`${world.mostStaged} batches without an answer`)
  } else if (!isOrderedByFirst(world.log)) broken.push('out of order')
  return broken
}

/** Whether first appearances are in order: a plain retry may write again what is there. */
function isOrderedByFirst(log: readonly number[]): boolean {
  const seen = new Set<number>()
  const firsts = log.filter(record => !seen.has(record) && seen.add(record))
  return firsts.every((record, place) => place === 0 || firsts[place - 1]! < record)
}
