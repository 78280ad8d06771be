// What can be asked of a topic's partitions, and telling one to go on.
import { InvalidArgumentError, type Callback } from '@sluice/core'
import { checkOptions, rules, type OptionTable } from '@sluice/base/parts'
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
    const described = info.partitions.map((partition, index) => ({
      topic,
      partition: index,
      leader: partition.leader,
      replicas: [...partition.replicas],
      isr: [...partition.isr]
    }))
    done(null, described)
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
  checkOptions(table, which, 'reset')
  if (which.topic === undefined) throw new InvalidArgumentError('reset.topic is required: the name of a topic')
  const topic = parts.gate.get(which.topic)
  if (topic === undefined) return
  for (const partition of topic.partitions) {
    if (which.partition === undefined || which.partition === partition.index)
      parts.sender.apply(partition, { type: 'reset', nowMs: parts.base.clock.monotonicMs() })
  }
}
