// Batches into a Produce request, and its answer back to the batches: pure.
import type { ProduceAcks } from '@sluice/core'
import type {
  ProduceRequest,
  ProduceRequestPartition,
  ProduceRequestTopic,
  ProduceResponse,
  ProduceResponsePartition
} from '@sluice/protocol'
import type { LeaderHint } from '@sluice/base/parts'
import { noTopicId, type Partition, type Topic } from './accumulator.ts'
import type { Batch } from './batch.ts'

/** One stamped batch on its way: what the request says of its partition, and then what the answer does. */
export class Shipment implements ProduceRequestPartition {
  readonly partition: Partition
  readonly batch: Batch
  /** As the topic was when the request was made: the answer is matched to it, whatever the metadata says then. */
  readonly topicId: string
  readonly index: number
  readonly records: Uint8Array
  /** Null: there is none yet, or it does not mention the partition. */
  answer: ProduceResponsePartition | null = null

  constructor(partition: Partition, batch: Batch) {
    this.partition = partition
    this.batch = batch
    this.topicId = partition.topic.info!.id
    this.index = partition.index
    this.records = batch.bytes
  }
}

/** Topics have ids, not names, from here on. */
export const firstVersionByTopicId = 13

/** Whether every topic can be named by its id. */
export function haveTopicIds(shipments: readonly Shipment[]): boolean {
  for (const shipment of shipments) if (shipment.topicId === noTopicId) return false
  return true
}

/** @param shipments one or more */
export function produceRequest(shipments: readonly Shipment[], acks: ProduceAcks, timeoutMs: number): ProduceRequest {
  return { transactionalId: null, acks, timeoutMs, topics: byTopic(shipments) }
}

function byTopic(shipments: readonly Shipment[]): readonly ProduceRequestTopic[] {
  const { partition, topicId } = shipments[0]!
  if (areOfTopic(shipments, partition.topic)) return [{ name: partition.topic.name, topicId, partitions: shipments }]
  const partitions = new Map<Topic, Shipment[]>()
  for (const shipment of shipments) {
    const { topic } = shipment.partition
    const others = partitions.get(topic)
    if (others === undefined) partitions.set(topic, [shipment])
    else others.push(shipment)
  }
  return Array.from(partitions, ([{ name }, parts]) => ({ name, topicId: parts[0]!.topicId, partitions: parts }))
}

function areOfTopic(shipments: readonly Shipment[], topic: Topic): boolean {
  for (const { partition } of shipments) if (partition.topic !== topic) return false
  return true
}

/**
 * Gives each shipment its answer.
 *
 * @returns false if a partition is answered that was not asked for, or one twice: then nothing of it can be trusted
 */
export function matchAnswers(shipments: readonly Shipment[], response: ProduceResponse, byTopicId: boolean): boolean {
  let guess = 0
  for (const topic of response.responses) {
    for (const part of topic.partitions) {
      const place = placeOf(shipments, byTopicId ? topic.topicId : topic.name, part.index, byTopicId, guess)
      if (place < 0 || shipments[place]!.answer !== null) return false
      shipments[place]!.answer = part
      guess = place + 1
    }
  }
  return true
}

function placeOf(
  shipments: readonly Shipment[],
  topic: string,
  index: number,
  byTopicId: boolean,
  guess: number
): number {
  // Brokers answer in the order of the request, so the guess is right almost always.
  for (let step = 0; step < shipments.length; step++) {
    const place = (guess + step) % shipments.length
    const shipment = shipments[place]!
    if (shipment.index !== index) continue
    if ((byTopicId ? shipment.topicId : shipment.partition.topic.name) === topic) return place
  }
  return -1
}

/** Successors that a broker names for partitions that it denied leading; null if it names none. */
export function leaderHints(
  shipments: readonly Shipment[],
  response: ProduceResponse,
  deniedBy: number
): readonly LeaderHint[] | null {
  let hints: LeaderHint[] | null = null
  for (const { partition, topicId, answer } of shipments) {
    if (answer === null) continue
    const { leaderId, leaderEpoch } = answer.currentLeader
    if (leaderId < 0 || leaderEpoch < 0 || leaderId === deniedBy) continue
    // Of another topic of the same name, which may be gone, epochs say nothing.
    if (topicId !== partition.topic.info?.id) continue
    const { host, port } = response.nodeEndpoints.find(each => each.nodeId === leaderId) ?? nowhere
    hints ??= []
    hints.push({ topic: partition.topic.name, partition: partition.index, leaderId, leaderEpoch, host, port })
  }
  return hints
}

const nowhere = { host: undefined, port: undefined }
