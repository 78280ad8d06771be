// Fetch: batches as they are stored, waiting for them if need be. Every fetch is a full one: no sessions are given.
import { errorCodes } from '@sluice/protocol'
import type { Answer, BrokerApi, Fault, RequestContext } from '../broker-api.ts'
import {
  fetchServer,
  type FetchRequest,
  type FetchRequestPartition,
  type FetchRequestTopic,
  type FetchResponse,
  type FetchResponsePartition,
  type FetchResponseTopic
} from '../messages/index.ts'
import type { Partition, Topic } from '../topic.ts'

const topicIdsSince = 13

export const fetchApi: BrokerApi<FetchRequest, FetchResponse> = {
  codec: fetchServer,
  execute: (request, context, answer) => new FetchRun(request, null, context, answer).start(),
  executeWith: (request, fault, context, answer) => new FetchRun(request, fault, context, answer).start(),
  refuse: (request, errorCode) => ({
    throttleTimeMs: 0,
    responses: request.topics.map(topic => ({
      ...topic,
      partitions: topic.partitions.map(({ partition }) => failed(partition, errorCode))
    }))
  })
}

function failed(partitionIndex: number, errorCode: number): FetchResponsePartition {
  return { partitionIndex, errorCode, highWatermark: -1n, abortedTransactions: null, records: null }
}

/** One request, from its arrival to its answer. */
class FetchRun {
  readonly #request: FetchRequest
  readonly #fault: Fault | null
  readonly #context: RequestContext
  readonly #answer: Answer<FetchResponse>
  readonly #leaders = new Set<number>()
  #bytes = 0
  #failed = false

  constructor(request: FetchRequest, fault: Fault | null, context: RequestContext, answer: Answer<FetchResponse>) {
    this.#request = request
    this.#fault = fault
    this.#context = context
    this.#answer = answer
  }

  start(): void {
    const { maxWaitMs } = this.#request
    const response = this.#read()
    if (this.#isEnough() || maxWaitMs <= 0) return this.#answer(response)
    this.#wait(maxWaitMs)
  }

  #isEnough(): boolean {
    return this.#failed || this.#bytes >= this.#request.minBytes
  }

  #wait(maxWaitMs: number): void {
    const undo: (() => void)[] = []
    let over = false
    const stop = (): void => {
      over = true
      for (const each of undo) each()
    }
    const look = (last: boolean): void => {
      if (over) return
      const response = this.#read()
      if (!last && !this.#isEnough()) return
      stop()
      this.#answer(response)
    }
    const timer = this.#context.life.after(maxWaitMs, () => look(true))
    undo.push(() => timer.cancel())
    for (const partition of this.#partitions()) undo.push(partition.watch(() => look(false)))
    this.#context.onAbandoned(stop)
  }

  #read(): FetchResponse {
    this.#bytes = 0
    this.#failed = false
    const responses = this.#request.topics.map(topic => this.#readTopic(topic))
    return { throttleTimeMs: 0, errorCode: errorCodes.NONE, sessionId: 0, responses, nodeEndpoints: this.#endpoints() }
  }

  #readTopic(asked: FetchRequestTopic): FetchResponseTopic {
    const topic = this.#findTopic(asked)
    const { topicId } = asked
    const name = topic?.name ?? asked.topic
    const partitions = asked.partitions.map(entry => {
      const wanted = this.#fault?.code(name, entry.partition) ?? errorCodes.NONE
      return wanted === errorCodes.NONE ? this.#readPartition(topic, entry) : this.#fail(undefined, entry, wanted)
    })
    return { topic: asked.topic, topicId, partitions }
  }

  #findTopic(asked: FetchRequestTopic): Topic | undefined {
    const { cluster, version } = this.#context
    return version >= topicIdsSince ? cluster.topicById(asked.topicId) : cluster.topic(asked.topic)
  }

  #readPartition(topic: Topic | undefined, entry: FetchRequestPartition): FetchResponsePartition {
    const partition = topic?.partitions[entry.partition]
    const errorCode = this.#check(topic, partition, entry)
    if (partition === undefined || errorCode !== errorCodes.NONE) return this.#fail(partition, entry, errorCode)
    const left = Math.min(entry.partitionMaxBytes, this.#request.maxBytes - this.#bytes)
    // The first batch of an answer is given whatever its size, so that no batch is too large to be read.
    const records = left > 0 || this.#bytes === 0 ? partition.log.read(entry.fetchOffset, left) : []
    const tooMuch = this.#bytes > 0 && records.length === 1 && records[0]!.length > left
    const given = tooMuch ? [] : records
    for (const batch of given) this.#bytes += batch.length
    const { startOffset, endOffset } = partition.log
    return {
      partitionIndex: entry.partition,
      errorCode,
      highWatermark: endOffset,
      lastStableOffset: endOffset,
      logStartOffset: startOffset,
      abortedTransactions: null,
      records: given
    }
  }

  #check(topic: Topic | undefined, partition: Partition | undefined, entry: FetchRequestPartition): number {
    const byId = this.#context.version >= topicIdsSince
    if (topic === undefined && byId) return errorCodes.UNKNOWN_TOPIC_ID
    if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    const { leaderId, leaderEpoch } = partition.leadership
    if (leaderId !== this.#context.brokerId) return errorCodes.NOT_LEADER_OR_FOLLOWER
    if (entry.currentLeaderEpoch > leaderEpoch) return errorCodes.UNKNOWN_LEADER_EPOCH
    if (entry.currentLeaderEpoch !== -1 && entry.currentLeaderEpoch < leaderEpoch) return errorCodes.FENCED_LEADER_EPOCH
    const { startOffset, endOffset } = partition.log
    const inRange = entry.fetchOffset >= startOffset && entry.fetchOffset <= endOffset
    return inRange ? errorCodes.NONE : errorCodes.OFFSET_OUT_OF_RANGE
  }

  #fail(partition: Partition | undefined, entry: FetchRequestPartition, errorCode: number): FetchResponsePartition {
    this.#failed = true
    const refusal = failed(entry.partition, errorCode)
    const moved = errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER || errorCode === errorCodes.FENCED_LEADER_EPOCH
    if (partition === undefined || !moved || partition.leadership.leaderId === -1) return refusal
    const { leaderId, leaderEpoch } = partition.leadership
    this.#leaders.add(leaderId)
    return { ...refusal, currentLeader: { leaderId, leaderEpoch } }
  }

  #endpoints(): FetchResponse['nodeEndpoints'] {
    return this.#context.cluster.brokers
      .filter(({ id }) => this.#leaders.has(id))
      .map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack }))
  }

  *#partitions(): Generator<Partition, void, undefined> {
    for (const asked of this.#request.topics) {
      const topic = this.#findTopic(asked)
      for (const entry of asked.partitions) {
        const partition = topic?.partitions[entry.partition]
        if (partition !== undefined) yield partition
      }
    }
  }
}
