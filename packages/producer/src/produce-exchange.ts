// Batches into a Produce request, and its answer back to the batches: pure.
import type { ProduceAcks } from '@sluice/core'
import type { ProduceRequest, ProduceRequestTopic, ProduceResponse } from '@sluice/protocol'
import { noTopicId, type Partition } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { Answer } from './verdict.ts'

/** One batch on its way. */
export interface Shipment {
  readonly partition: Partition
  readonly batch: Batch
  /** As the topic was when the request was made: the answer is matched to it, whatever the metadata says then. */
  readonly topicId: string
}

export interface LeaderNews {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly host: string | undefined
  readonly port: number | undefined
}

export interface ShipmentAnswer {
  readonly shipment: Shipment
  /** Null: the answer does not mention the partition. */
  readonly answer: Answer | null
  readonly leader: LeaderNews | null
}

/** Topics have ids, not names, from here on. */
export const firstVersionByTopicId = 13

/** Whether every topic can be named by its id. */
export function haveTopicIds(shipments: readonly Shipment[]): boolean {
  for (const shipment of shipments) if (shipment.topicId === noTopicId) return false
  return true
}

export function produceRequest(shipments: readonly Shipment[], acks: ProduceAcks, timeoutMs: number): ProduceRequest {
  const topics: (ProduceRequestTopic & { partitions: { index: number; records: Uint8Array }[] })[] = []
  for (const { partition, batch, topicId } of shipments) {
    const name = partition.topic.name
    let topic = topics.length > 0 && topics[topics.length - 1]!.name === name ? topics[topics.length - 1] : undefined
    topic ??= topics.find(each => each.name === name)
    if (topic === undefined) topics.push((topic = { name, topicId, partitions: [] }))
    topic.partitions.push({ index: partition.index, records: batch.bytes })
  }
  return { transactionalId: null, acks, timeoutMs, topics }
}

/**
 * The answer of each shipment.
 *
 * @returns null if the answer names a partition that was not asked for, or one twice: then nothing in it can be trusted
 */
export function matchAnswers(
  shipments: readonly Shipment[],
  response: ProduceResponse,
  byTopicId: boolean
): ShipmentAnswer[] | null {
  const answers: (ShipmentAnswer | undefined)[] = shipments.map(() => undefined)
  let guess = 0
  for (const topic of response.responses) {
    for (const part of topic.partitions) {
      const place = placeOf(shipments, byTopicId ? topic.topicId : topic.name, part.index, byTopicId, guess)
      if (place < 0 || answers[place] !== undefined) return null
      guess = place + 1
      const shipment = shipments[place]!
      const answer = { ...part, topic: shipment.partition.topic.name, partition: part.index }
      answers[place] = { shipment, answer, leader: leaderNews(part.currentLeader, response) }
    }
  }
  return answers.map((answer, place) => answer ?? { shipment: shipments[place]!, answer: null, leader: null })
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
    if (shipment.partition.index !== index) continue
    if ((byTopicId ? shipment.topicId : shipment.partition.topic.name) === topic) return place
  }
  return -1
}

function leaderNews(
  leader: { readonly leaderId: number; readonly leaderEpoch: number },
  response: ProduceResponse
): LeaderNews | null {
  if (leader.leaderId < 0 || leader.leaderEpoch < 0) return null
  const endpoint = response.nodeEndpoints.find(each => each.nodeId === leader.leaderId)
  return { leaderId: leader.leaderId, leaderEpoch: leader.leaderEpoch, host: endpoint?.host, port: endpoint?.port }
}
