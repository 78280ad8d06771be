// Which records go where: topics, keys and one lane for each producer and partition.
import kafkajs from 'kafkajs'
import type { TopicPlan } from './house.ts'
import type { Lane } from './ledger.ts'

export interface ChaosTopic extends TopicPlan {
  /** By partition: keys that belong there, by a client that shares no code with the one under test. */
  readonly keys: readonly (readonly string[])[]
}

const keysEach = 8

function withKeys({ name, partitions }: TopicPlan): ChaosTopic {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: []
  }))
  const keys: string[][] = Array.from({ length: partitions }, () => [])
  for (let i = 0; keys.some(list => list.length < keysEach); i++) {
    const key = `key-${i}`
    const list = keys[choose({ topic: name, partitionMetadata, message: { key, value: null } })]
    if (list !== undefined && list.length < keysEach) list.push(key)
  }
  return { name, partitions, keys }
}

export class LaneMap {
  readonly topics: readonly ChaosTopic[]
  readonly lanes: readonly Lane[]
  readonly #firstOfTopic: readonly number[]
  readonly #perProducer: number

  constructor(plans: readonly TopicPlan[], producers: number) {
    const topics = plans.map(withKeys)
    this.topics = topics
    this.#firstOfTopic = topics.map((_, topic) =>
      topics.slice(0, topic).reduce((sum, each) => sum + each.partitions, 0)
    )
    this.#perProducer = topics.reduce((sum, each) => sum + each.partitions, 0)
    const lanes: Lane[] = []
    for (let producer = 0; producer < producers; producer++) {
      topics.forEach(({ partitions }, topic) => {
        for (let partition = 0; partition < partitions; partition++) {
          lanes.push({ id: lanes.length, producer, topic, partition })
        }
      })
    }
    this.lanes = lanes
  }

  idOf(producer: number, topic: number, partition: number): number {
    return producer * this.#perProducer + (this.#firstOfTopic[topic] ?? 0) + partition
  }

  topicIndex(name: string): number {
    return this.topics.findIndex(topic => topic.name === name)
  }

  /** Spread over all partitions of all topics: `pick` from 0 to 1. */
  placeAt(pick: number): { readonly topic: number; readonly partition: number } {
    const place = Math.floor(pick * this.#perProducer)
    let topic = this.topics.length - 1
    while (topic > 0 && this.#firstOfTopic[topic]! > place) topic--
    return { topic, partition: place - this.#firstOfTopic[topic]! }
  }

  name(lane: Lane): string {
    return `${this.topics[lane.topic]?.name}-${lane.partition} by producer ${lane.producer}`
  }
}
