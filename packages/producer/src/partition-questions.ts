// What can be asked of a topic's partitions, and telling one to go on.
import { InvalidArgumentError, type Callback } from '@sluice/core'
import { checkOptions, described, rules, type OptionTable } from '@sluice/base/parts'
import type { Partition } from './accumulator.ts'
import type { ProducerParts } from './compose.ts'

export interface PartitionDescription {
  readonly topic: string
  readonly partition: number
  /** Node id; -1 while there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export function askPartitions(parts: ProducerParts, topic: string, done: Callback<PartitionDescription[]>): void {
  const { metadata, clock, settings } = parts.base
  if (typeof topic !== 'string' || topic === '')
    throw new InvalidArgumentError('partitionsFor needs the name of a topic')
  const deadlineMs = clock.monotonicMs() + parts.settings.bufferTimeoutMs
  metadata.topic(topic, { autocreate: settings.autocreateTopics, deadlineMs }, (error, info) => {
    if (error !== null) return done(error, undefined)
    const descriptions = info.partitions.map((partition, index) => ({
      topic,
      partition: index,
      leader: partition.leader,
      replicas: [...partition.replicas],
      isr: [...partition.isr]
    }))
    done(null, descriptions)
  })
}

export interface PartitionsToReset {
  readonly topic: string
  /** Absent: all of the topic. */
  readonly partition?: number | undefined
}

const table: OptionTable = { topic: rules.text(), partition: rules.count() }

/** @throws InvalidArgumentError */
export function resetPartitions(parts: ProducerParts, which: PartitionsToReset): void {
  const nowMs = parts.base.clock.monotonicMs()
  for (const partition of chosen(parts, which)) parts.sender.apply(partition, { type: 'reset', nowMs })
}

/** @throws InvalidArgumentError also for what cannot have been stopped: a slip in a name must not look like a reset */
function chosen(parts: ProducerParts, which: PartitionsToReset): readonly Partition[] {
  checkOptions(table, which, 'reset')
  const { topic: name, partition: index } = which
  if (name === undefined) throw new InvalidArgumentError('reset.topic is required: the name of a topic')
  const known = parts.gate.get(name)?.partitions ?? []
  const { length } = known
  if (length === 0) {
    throw new InvalidArgumentError(
      `reset.topic ${described(name)}: this producer has sent nothing to it, so nothing of it is stopped`
    )
  }
  if (index === undefined) return known
  if (index < length) return [known[index]!]
  throw new InvalidArgumentError(
    `reset.partition ${index} is not one of ${name}, which has ${length}: 0 to ${length - 1}`
  )
}
