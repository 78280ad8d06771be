// Kills, pauses and restarts nodes and moves leaders, one seeded episode after another.
import type { Random } from '@sluice/core'
import type { KafkaCluster } from '@sluice/kafka'
import { between, oneOf, shuffled } from './chance.ts'
import { pause } from './network-faults.ts'
import type { Tally } from './tally.ts'

export interface Stage {
  readonly kafka: KafkaCluster
  readonly topics: readonly { readonly name: string; readonly partitions: number }[]
  readonly random: Random
  readonly tally: Tally
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

type Episode = (stage: Stage) => Promise<void>

// Sessions lapse after 3 s: a shorter pause is slept through by the cluster, a longer one costs the node its leaderships.
const episodes: readonly [string, Episode][] = [
  ['a node is killed', killOne],
  ['a node is killed', killOne],
  ['a node is killed', killOne],
  ['a short pause', stage => pauseOne(stage, between(stage.random, 200, 2_500))],
  ['a pause', stage => pauseOne(stage, between(stage.random, 3_500, 9_000))],
  ['a pause beyond the request timeout', stage => pauseOne(stage, between(stage.random, 9_000, 14_000))],
  ['a node is killed while another is paused', killAndPause],
  ['a node is shut down in order', restartOne],
  ['leaders move', moveLeaders],
  ['leaders move', moveLeaders]
]

/** Goes on until the signal; then every node runs again. */
export async function disturbNodes(stage: Stage, restMs: number): Promise<void> {
  const { random, signal, say } = stage
  let bag: (readonly [string, Episode])[] = []
  while (!signal.aborted) {
    await pause(between(random, restMs / 2, restMs * 1.5), signal)
    if (signal.aborted) break
    if (bag.length === 0) bag = shuffled(random, episodes)
    const [name, episode] = bag.pop()!
    say(name)
    try {
      await episode(stage)
    } catch (error) {
      stage.tally.add('episodes that did not end as meant')
      say(`  ${name}: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`)
      await heal(stage.kafka)
    }
  }
  await heal(stage.kafka)
}

const brokerIds = ({ kafka }: Stage): number[] => kafka.brokers.map(({ id }) => id)

async function killOne(stage: Stage): Promise<void> {
  const { kafka, random, signal, tally } = stage
  const id = oneOf(random, brokerIds(stage))
  const downMs = oneOf(random, [0, 1_000, 5_000, 8_000])
  tally.add('kill')
  await kafka.kill(id)
  await pause(downMs, signal)
  await kafka.restart(id)
}

async function pauseOne(stage: Stage, ms: number): Promise<void> {
  const { kafka, random, signal, tally } = stage
  const id = oneOf(random, brokerIds(stage))
  tally.add('pause')
  await kafka.pause(id)
  await pause(ms, signal)
  await kafka.resume(id)
}

async function killAndPause(stage: Stage): Promise<void> {
  const { kafka, random, signal, tally } = stage
  const [dead, asleep] = shuffled(random, brokerIds(stage))
  const ms = between(random, 1_000, 6_000)
  tally.add('pause')
  await kafka.pause(asleep!)
  tally.add('kill')
  await kafka.kill(dead!)
  await pause(ms, signal)
  await kafka.resume(asleep!)
  await kafka.restart(dead!)
}

async function restartOne(stage: Stage): Promise<void> {
  const { kafka, random, tally } = stage
  tally.add('orderly restart')
  await kafka.restart(oneOf(random, brokerIds(stage)))
}

async function moveLeaders(stage: Stage): Promise<void> {
  const { kafka, topics, random, signal, tally } = stage
  const moves = between(random, 3, 6)
  for (let i = 0; i < moves && !signal.aborted; i++) {
    const { name, partitions } = oneOf(random, topics)
    const partition = between(random, 0, partitions - 1)
    const to = oneOf(random, brokerIds(stage))
    await kafka.moveLeader(name, partition, to)
    tally.add('leader moved')
  }
}

/** Every node runs and knows the others. */
export async function heal(kafka: KafkaCluster): Promise<void> {
  for (const { id, state } of kafka.nodes) if (state === 'paused') await kafka.resume(id)
  for (const { id, state } of kafka.nodes) if (state === 'ended') await kafka.restart(id)
  await kafka.ready(120_000)
}
