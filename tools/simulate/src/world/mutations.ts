// Answers that no honest broker gives.
import type { Interception, InterceptedRequest } from '@sluice/testing'
import type { Mutation } from '../story.ts'

type Answer = Record<string, unknown>

/** A plan that spoils the answer; which fields it has depends on the API, which the story knows. */
export function mutate(mutation: Mutation, event: InterceptedRequest): Interception {
  const bytes = onBytes(mutation)
  if (bytes !== null) return { bytes }
  // The answer is of the API that the story named; its fields are looked for, not assumed.
  const answer = (response: Answer): Answer => onAnswer(mutation, response, event)
  return { answer: answer as unknown as NonNullable<Interception['answer']> }
}

function onBytes(mutation: Mutation): ((frame: Buffer) => Uint8Array) | null {
  switch (mutation.kind) {
    case 'correlation':
      return frame => patched(frame, copy => copy.writeInt32BE(frame.readInt32BE(4) + mutation.add, 4))
    case 'twice':
      return frame => Buffer.concat([frame, frame])
    case 'length':
      return frame => patched(frame, copy => copy.writeInt32BE(mutation.value | 0, 0))
    case 'truncate':
      return frame => framed(frame.subarray(4, Math.max(8, frame.length - mutation.bytes)))
    case 'trail':
      return frame => framed(Buffer.concat([frame.subarray(4), Buffer.alloc(mutation.bytes, 0xee)]))
    case 'overwrite':
      return frame =>
        patched(frame, copy => Buffer.from(mutation.hex, 'hex').copy(copy, Math.min(mutation.at, copy.length - 1)))
    case 'replace':
      return () => Buffer.from(mutation.hex, 'hex')
    default:
      return null
  }
}

function patched(frame: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(frame)
  change(copy)
  return copy
}

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

interface ProducePart extends Answer {
  readonly index: number
  readonly errorCode: number
  readonly baseOffset: bigint
}
interface ProduceTopic extends Answer {
  readonly partitions: readonly ProducePart[]
}

function onAnswer(mutation: Mutation, response: Answer, event: InterceptedRequest): Answer {
  switch (mutation.kind) {
    case 'omit-partition':
      return onTopics(response, topic => ({ ...topic, partitions: topic.partitions.slice(1) }))
    case 'extra-partition':
      return onTopics(response, topic => ({
        ...topic,
        partitions: [...topic.partitions, { ...topic.partitions[0]!, index: topic.partitions[0]!.index + 1_000 }]
      }))
    case 'double-partition':
      return onTopics(response, topic => ({ ...topic, partitions: [...topic.partitions, topic.partitions[0]!] }))
    case 'no-offset':
      return onParts(response, part => ({ ...part, baseOffset: -1n }))
    case 'record-error':
      return onParts(response, part => ({
        ...part,
        errorCode: mutation.code,
        baseOffset: -1n,
        recordErrors: [{ batchIndex: mutation.index, batchIndexErrorMessage: mutation.text }]
      }))
    case 'unknown-producer':
      return onParts(response, part =>
        part.errorCode === 45 ? { ...part, errorCode: 59, logStartOffset: 1_000_000n } : part
      )
    case 'identity':
      return { ...response, producerId: BigInt(mutation.producerId), producerEpoch: mutation.producerEpoch }
    default:
      return event.api === 'Metadata' ? onMetadata(mutation, response) : response
  }
}

function onTopics(response: Answer, change: (topic: ProduceTopic) => ProduceTopic): Answer {
  const [first, ...rest] = response['responses'] as readonly ProduceTopic[]
  return first === undefined ? response : { ...response, responses: [change(first), ...rest] }
}

function onParts(response: Answer, change: (part: ProducePart) => ProducePart): Answer {
  const topics = response['responses'] as readonly ProduceTopic[]
  return { ...response, responses: topics.map(topic => ({ ...topic, partitions: topic.partitions.map(change) })) }
}

interface MetadataTopic extends Answer {
  readonly partitions: readonly Answer[]
}

function onMetadata(mutation: Mutation, response: Answer): Answer {
  const topics = response['topics'] as readonly MetadataTopic[]
  const brokers = response['brokers'] as readonly Answer[]
  const everyPart = (change: (part: Answer) => Answer): Answer => ({
    ...response,
    topics: topics.map(topic => ({ ...topic, partitions: topic.partitions.map(change) }))
  })
  switch (mutation.kind) {
    case 'leader':
      return everyPart(part => ({
        ...part,
        leaderId: mutation.id,
        ...(mutation.epoch === undefined ? {} : { leaderEpoch: mutation.epoch })
      }))
    case 'epoch':
      return everyPart(part => ({ ...part, leaderEpoch: mutation.value }))
    case 'partition-error':
      return everyPart(part => ({ ...part, errorCode: mutation.code, leaderId: -1 }))
    case 'no-brokers':
      return { ...response, brokers: [] }
    case 'without-broker':
      return { ...response, brokers: brokers.filter(broker => broker['nodeId'] !== mutation.id) }
    case 'no-topic-ids':
      return {
        ...response,
        topics: topics.map(topic => ({ ...topic, topicId: '00000000-0000-0000-0000-000000000000' }))
      }
    case 'cluster-id':
      return { ...response, clusterId: mutation.value }
    default:
      return response
  }
}
