// Produce: appends one batch to each partition named, or says why not.
import { errorCodes } from '@sluice/protocol'
import { appendBatch, isTransactional, type Appended, type Refusal } from '../append.ts'
import type { Answer, BrokerApi, Fault, RequestContext } from '../broker-api.ts'
import {
  produceServer,
  type ProduceRequest,
  type ProduceRequestPartition,
  type ProduceRequestTopic,
  type ProduceResponse,
  type ProduceResponseNode,
  type ProduceResponsePartition
} from '../messages/index.ts'
import type { Partition, Topic } from '../topic.ts'

const topicIdsSince = 13
const unauthorized = errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED

export const produceApi: BrokerApi<ProduceRequest, ProduceResponse> = {
  codec: produceServer,
  execute: (request, context, answer) => produce(request, null, context, answer),
  executeWith: (request, fault, context, answer) => produce(request, fault, context, answer),
  refuse: (request, errorCode, context) =>
    new ProduceRun(request, { code: () => errorCode, when: 'instead' }, context).run()
}

function produce(
  request: ProduceRequest,
  fault: Fault | null,
  context: RequestContext,
  answer: Answer<ProduceResponse>
): void {
  const response = new ProduceRun(request, fault, context).run()
  if (request.acks !== 0) return answer(response)
  // Nobody waits for an answer, so an error can only be told by ending the connection.
  const failures = response.responses.some(topic => topic.partitions.some(partition => partition.errorCode !== 0))
  if (failures) context.close()
  answer(null)
}

class ProduceRun {
  readonly #request: ProduceRequest
  readonly #fault: Fault | null
  readonly #context: RequestContext
  readonly #leaders = new Set<number>()
  /** A transactional batch without a transactional id has all that came with it refused. */
  readonly #unauthorized: boolean

  constructor(request: ProduceRequest, fault: Fault | null, context: RequestContext) {
    this.#request = request
    this.#fault = fault
    this.#context = context
    this.#unauthorized =
      request.transactionalId === null &&
      request.topics.some(({ partitions }) => partitions.some(({ records }) => isTransactional(records)))
  }

  run(): ProduceResponse {
    const entries = this.#lastEntries()
    const responses = this.#request.topics.map(topic => ({
      name: topic.name,
      topicId: topic.topicId,
      partitions: topic.partitions
        .filter(partition => entries.has(partition))
        .map(partition => this.#producePartition(topic, partition))
    }))
    return { responses, throttleTimeMs: 0, nodeEndpoints: this.#endpoints() }
  }

  /** Of several entries for one partition a broker sees the last alone: what was in the others is lost, and not answered. */
  #lastEntries(): ReadonlySet<ProduceRequestPartition> {
    const last = new Map<string, ProduceRequestPartition>()
    for (const { name, topicId, partitions } of this.#request.topics)
      for (const partition of partitions) last.set(`${name} ${topicId} ${partition.index}`, partition)
    return new Set(last.values())
  }

  #producePartition(asked: ProduceRequestTopic, entry: ProduceRequestPartition): ProduceResponsePartition {
    const topic = this.#findTopic(asked)
    const wanted = this.#fault?.code(topic?.name ?? asked.name, entry.index) ?? 0
    if (wanted !== 0 && this.#fault?.when === 'instead') return failed(entry.index, wanted, 'As the test wanted')
    const done = this.#unauthorized ? failed(entry.index, unauthorized) : this.#appendTo(topic, entry)
    return wanted === 0 ? done : { ...done, errorCode: wanted }
  }

  #findTopic(asked: ProduceRequestTopic): Topic | undefined {
    const { cluster, version } = this.#context
    return version >= topicIdsSince ? cluster.topicById(asked.topicId) : cluster.topic(asked.name)
  }

  #appendTo(topic: Topic | undefined, entry: ProduceRequestPartition): ProduceResponsePartition {
    const { index } = entry
    if (![-1, 0, 1].includes(this.#request.acks)) return failed(index, errorCodes.INVALID_REQUIRED_ACKS)
    const partition = topic?.partitions[index]
    if (partition === undefined) return failed(index, this.#unknown(topic))
    if (partition.leadership.leaderId !== this.#context.brokerId) return this.#notLeader(partition)
    const outcome = this.#append(partition, entry)
    return outcome.kind === 'refused' ? refused(partition, outcome) : appended(partition, outcome)
  }

  #unknown(topic: Topic | undefined): number {
    if (topic === undefined && this.#context.version >= topicIdsSince) return errorCodes.UNKNOWN_TOPIC_ID
    return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  }

  #append(partition: Partition, entry: ProduceRequestPartition): Appended | Refusal {
    const { cluster, version } = this.#context
    const { acks, transactionalId } = this.#request
    const request = { records: entry.records, acks, transactionalId, version, epochMs: cluster.clock.epochMs() }
    return appendBatch(partition, request, cluster.rules)
  }

  #notLeader(partition: Partition): ProduceResponsePartition {
    const { leaderId, leaderEpoch } = partition.leadership
    const refusal = failed(partition.index, errorCodes.NOT_LEADER_OR_FOLLOWER)
    if (leaderId === -1) return refusal
    this.#leaders.add(leaderId)
    return { ...refusal, currentLeader: { leaderId, leaderEpoch } }
  }

  #endpoints(): ProduceResponseNode[] {
    const { cluster } = this.#context
    return cluster.brokers
      .filter(({ id }) => this.#leaders.has(id))
      .map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack }))
  }
}

/** Refused before the append: without a place in the log. */
function failed(index: number, errorCode: number, errorMessage: string | null = null): ProduceResponsePartition {
  return { index, errorCode, baseOffset: -1n, logStartOffset: -1n, errorMessage }
}

function refused(partition: Partition, refusal: Refusal): ProduceResponsePartition {
  return {
    ...failed(partition.index, refusal.errorCode, refusal.message),
    logStartOffset: refusal.byLog ? partition.log.startOffset : -1n,
    recordErrors: refusal.badRecords.map(record => ({
      batchIndex: record.index,
      batchIndexErrorMessage: refusal.message
    }))
  }
}

function appended(partition: Partition, outcome: Appended): ProduceResponsePartition {
  const { baseOffset, logAppendTimeMs } = outcome
  const logStartOffset = partition.log.startOffset
  return { index: partition.index, errorCode: errorCodes.NONE, baseOffset, logAppendTimeMs, logStartOffset }
}
