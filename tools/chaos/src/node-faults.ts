// Kills, pauses and restarts nodes and moves leaders, one seeded episode after another.
import type { Random } from '@sluice/core'
import type { KafkaCluster } from '@sluice/kafka'
import { between, oneOf, shuffled } from './chance.ts'
import type { TopicPlan } from './house.ts'
import { pause } from './network-faults.ts'
import type { Tally } from './tally.ts'

export interface Stage {
  readonly kafka: KafkaCluster
  readonly topics: readonly TopicPlan[]
  readonly random: Random
  readonly tally: Tally
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

type Episode = (stage: Stage) => Promise<void>

const killedAndPaused: readonly [string, Episode] = ['a node is killed while another is paused', killAndPause]

// Sessions lapse after 3 s: a shorter pause is slept through by the cluster, a longer one costs the node its leaderships.
const episodes: readonly (readonly [string, Episode])[] = [
  ['a node is killed', killOne],
  ['a node is killed', killOne],
  ['a node is killed', killOne],
  ['a short pause', stage => pauseOne(stage, between(stage.random, 200, 2_500))],
  ['a pause', stage => pauseOne(stage, between(stage.random, 3_500, 9_000))],
  ['a pause beyond the request timeout', stage => pauseOne(stage, between(stage.random, 9_000, 14_000))],
  killedAndPaused,
  ['a node is shut down in order', restartOne],
  ['the controller is killed', killController],
  ['the controller is paused', pauseController],
  ['leaders move', moveLeaders],
  ['leaders move', moveLeaders]
]

/** Milliseconds from one episode to the next, on average. */
const restMs = 5_000

/** Goes on until the signal; then every node runs again. */
export async function disturbNodes(stage: Stage): Promise<void> {
  const { random, signal, say } = stage
  // First the one that does both, so that a short run has seen either.
  let bag = [killedAndPaused]
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
  await kafka.kill(id)
  tally.add('kill')
  await pause(downMs, signal)
  await kafka.restart(id)
}

async function pauseOne(stage: Stage, ms: number): Promise<void> {
  const { kafka, random, signal, tally } = stage
  const id = oneOf(random, brokerIds(stage))
  await kafka.pause(id)
  tally.add('pause')
  await pause(ms, signal)
  await kafka.resume(id)
}

async function killAndPause(stage: Stage): Promise<void> {
  const { kafka, random, signal, tally } = stage
  const [dead, asleep] = shuffled(random, brokerIds(stage))
  const ms = between(random, 1_000, 6_000)
  await kafka.pause(asleep!)
  tally.add('pause')
  await kafka.kill(dead!)
  tally.add('kill')
  await pause(ms, signal)
  await kafka.resume(asleep!)
  await kafka.restart(dead!)
}

/** Meanwhile no leadership moves. */
async function killController({ kafka, random, signal, tally }: Stage): Promise<void> {
  await kafka.kill(controllerOf(kafka))
  tally.add('controller killed')
  await pause(between(random, 0, 4_000), signal)
  await kafka.restart(controllerOf(kafka))
}

async function pauseController({ kafka, random, signal, tally }: Stage): Promise<void> {
  await kafka.pause(controllerOf(kafka))
  tally.add('controller paused')
  await pause(between(random, 1_000, 10_000), signal)
  await kafka.resume(controllerOf(kafka))
}

function controllerOf(kafka: KafkaCluster): number {
  const controller = kafka.nodes.find(({ roles }) => roles === 'controller')
  if (controller === undefined) throw new Error('The cluster has no controller of its own')
  return controller.id
}

async function restartOne(stage: Stage): Promise<void> {
  const { kafka, random, tally } = stage
  await kafka.restart(oneOf(random, brokerIds(stage)))
  tally.add('orderly restart')
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
