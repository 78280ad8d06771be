// Keeps account of what the cluster loses because the story says so, and of logs that are deleted.
import type { TestCluster } from '@sluice/testing'
import type { FinalLog, Losses, SentRecord, StoredBatch } from '../run-record.ts'
import { numberOf } from '../wire/naming.ts'
import { decodeBatch } from '../wire/record-batch.ts'
import type { TopicNames } from './topic-names.ts'

export class FateKeeper {
  readonly losses: Losses = { records: new Set(), undecided: new Set(), forgetful: new Set() }
  readonly #cluster: TestCluster
  readonly #names: TopicNames
  readonly #topics: Set<string>
  readonly #deleted: FinalLog[] = []
  /** Records for a topic that were handed over and have no outcome. */
  openRecords: (topic: string) => readonly SentRecord[] = () => []

  constructor(cluster: TestCluster, names: TopicNames, topics: Iterable<string>) {
    this.#cluster = cluster
    this.#names = names
    this.#topics = new Set(topics)
  }

  /** A topic to account for from now on. */
  watch(topic: string): void {
    this.#topics.add(topic)
  }

  truncate(topic: string, partition: number, records: number): void {
    const { startOffset, endOffset } = this.#cluster.offsets(topic, partition)
    const before = this.#decode(topic, partition)
    const keep = endOffset - BigInt(records)
    this.#cluster.truncate(topic, partition, keep > startOffset ? keep : startOffset)
    const left = this.#cluster.storedBatches(topic, partition).length
    for (const batch of before.slice(left)) this.#lost(batch)
    this.losses.forgetful.add(this.#logOf(topic, partition))
  }

  deleteRecords(topic: string, partition: number, records: number): void {
    const { startOffset, endOffset } = this.#cluster.offsets(topic, partition)
    const upTo = records < 0 ? endOffset : startOffset + BigInt(records)
    for (const batch of this.#decode(topic, partition)) {
      for (const record of batch.records) {
        if (batch.baseOffset + record.offsetDelta < Number(upTo))
          this.losses.records.add(numberOf(record.value, record.key))
      }
    }
    this.#cluster.deleteRecords(topic, partition, upTo)
  }

  forget(topic: string, partition: number | undefined): void {
    this.#cluster.expireProducers(topic, partition)
    for (const { number, wanted } of this.openRecords(topic)) {
      if (partition === undefined || wanted < 0 || wanted === partition) this.losses.undecided.add(number)
    }
    for (let index = 0; index < this.#cluster.partitionCount(topic); index++) {
      if (partition === undefined || partition === index) this.losses.forgetful.add(this.#logOf(topic, index))
    }
  }

  deleteTopic(topic: string): void {
    for (const log of this.#logsOf(topic, true)) {
      this.#deleted.push(log)
      for (const batch of log.batches) this.#lost(batch)
    }
    this.#cluster.deleteTopic(topic)
  }

  /** Every partition without a leader gets one, as if the operator had seen to it. */
  giveLeaders(): void {
    for (const topic of this.#topics) {
      for (let index = 0; index < this.#cluster.partitionCount(topic); index++) {
        const { leaderId, replicas } = this.#cluster.leadership(topic, index)
        if (leaderId < 0) this.#cluster.moveLeader(topic, index, replicas[0]!)
        this.#cluster.setIsr(topic, index, replicas)
      }
    }
  }

  /** All logs as they are now, deleted ones last. */
  logs(): FinalLog[] {
    return [...[...this.#topics].flatMap(topic => this.#logsOf(topic, false)), ...this.#deleted]
  }

  #logsOf(topic: string, deleted: boolean): FinalLog[] {
    const logs: FinalLog[] = []
    for (let partition = 0; partition < this.#cluster.partitionCount(topic); partition++) {
      const startOffset = Number(this.#cluster.offsets(topic, partition).startOffset)
      logs.push({ topic, partition, deleted, startOffset, batches: this.#decode(topic, partition) })
    }
    return logs
  }

  #lost(batch: StoredBatch): void {
    for (const record of batch.records) this.losses.records.add(numberOf(record.value, record.key))
  }

  #logOf(topic: string, partition: number): string {
    return `${this.#names.find(topic).log}-${partition}`
  }

  #decode(topic: string, partition: number): StoredBatch[] {
    return this.#cluster.storedBatches(topic, partition).map(bytes => decodeBatch(bytes))
  }
}
