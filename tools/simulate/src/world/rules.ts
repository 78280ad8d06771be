// Rules of a story at the brokers' door: which requests they touch, and what becomes of those.
import type { Interception, InterceptedRequest, TestCluster } from '@sluice/testing'
import type { RuleDeed, RuleScope, StoryEvent } from '../story.ts'
import { mutate } from './mutations.ts'

export type RuleEvent = Extract<StoryEvent, { kind: 'rule' }>

export interface RuleParts {
  readonly cluster: TestCluster
  /** The rule took effect. */
  readonly onEffect: () => void
  /** What these logs remember of producers is not whole any more, and these records are lost. */
  readonly lose: (topic: string, partition: number, records: number) => void
  /** A topic's name by its id, or the name itself. */
  readonly nameOf: (nameOrId: string) => string
}

type Answering = NonNullable<Interception['answer']>

const untouched: Interception = {}
/** Behind the attributes of a batch: what its checksum covers. */
const bodyFrom = 23

/** Puts a rule in force. Returns the undo. */
export function enforce(rule: RuleEvent, parts: RuleParts): () => void {
  let seen = 0
  const handler = (event: InterceptedRequest): Interception | undefined => {
    if (!concerns(rule, event, parts)) return undefined
    seen++
    const { skip = 0, times = 1 } = rule
    if (seen <= skip || (times > 0 && seen > skip + times)) return undefined
    parts.onEffect()
    return deedOf(rule, event, parts)
  }
  return parts.cluster.intercept(rule.api, handler)
}

function concerns(rule: RuleEvent, event: InterceptedRequest, parts: RuleParts): boolean {
  if (rule.broker !== undefined && rule.broker !== event.brokerId) return false
  if (event.version < (rule.fromVersion ?? 0)) return false
  if (isAfterwards(rule) && !awaitsReplicas(event)) return false
  if (rule.topic === undefined || event.api !== 'Produce') return true
  return partsOf(event, parts).some(part => isMeant(rule, part.topic, part.partition))
}

/** Only who waits for replicas can lose leadership between the append and the answer. */
function isAfterwards({ execute, error }: RuleDeed): boolean {
  return execute === true && (error === 3 || error === 6)
}

function awaitsReplicas(event: InterceptedRequest): boolean {
  return event.api !== 'Produce' || (event as InterceptedRequest<'Produce'>).request.acks === -1
}

function isMeant(rule: RuleScope, topic: string, partition: number): boolean {
  return topic === rule.topic && (rule.partition === undefined || rule.partition === partition)
}

function partsOf(
  event: InterceptedRequest,
  { nameOf }: RuleParts
): { readonly topic: string; readonly partition: number }[] {
  const { request } = event as InterceptedRequest<'Produce'>
  return request.topics.flatMap(({ name, topicId, partitions }) => {
    const topic = nameOf(name === '' ? topicId : name)
    return partitions.map(({ index }) => ({ topic, partition: index }))
  })
}

function deedOf(rule: RuleScope & RuleDeed, event: InterceptedRequest, parts: RuleParts): Interception {
  const { delay, execute, answerDelay, throttle, drop, cut, cutBy, mutation } = rule
  if (rule.flip !== undefined) flipBit(event, rule.flip)
  const mutated = mutation === undefined ? untouched : mutate(mutation, event)
  const after = afterwards(rule, event, parts)
  return {
    ...mutated,
    ...(delay === undefined ? untouched : { delay }),
    ...(execute === undefined ? untouched : { execute }),
    ...(answerDelay === undefined ? untouched : { answerDelay }),
    ...(throttle === undefined ? untouched : { throttle }),
    ...(drop === undefined ? untouched : { drop }),
    ...(cut === undefined ? untouched : { cut }),
    ...(cutBy === undefined ? untouched : { cutBy }),
    ...(rule.error === undefined ? untouched : { error: errorOf(rule) }),
    ...(after === null ? untouched : { answer: inTurn(after, mutated.answer) })
  }
}

/** What happens behind the request takes the answer as the broker gave it. */
function inTurn(first: Answering, then: Answering | undefined): Answering {
  return then === undefined ? first : response => then(first(response))
}

/** The request is read as a view of its frame: what is changed here was changed on the way. */
function flipBit(event: InterceptedRequest, fromEnd: number): void {
  const { request } = event as InterceptedRequest<'Produce'>
  const records = request.topics[0]?.partitions[0]?.records
  if (records === undefined || records === null) return
  const at = Math.max(bodyFrom, records.length - 1 - fromEnd)
  records[at]! ^= 0x04
}

function errorOf(rule: RuleScope & RuleDeed): Interception['error'] {
  const code = rule.error!
  if (rule.topic === undefined) return code
  return (topic, partition) => (isMeant(rule, topic, partition) ? code : 0)
}

/** What happens to a partition right after the request has taken effect. */
function afterwards(rule: RuleScope & RuleDeed, event: InterceptedRequest, parts: RuleParts): Answering | null {
  const { loseTo, moveTo } = rule
  if (loseTo === undefined && moveTo === undefined) return null
  return response => {
    for (const { topic, partition } of partsOf(event, parts)) {
      if (rule.topic !== undefined && !isMeant(rule, topic, partition)) continue
      if (partition >= parts.cluster.partitionCount(topic)) continue
      // Only rules for Produce have these deeds, so this is its answer.
      if (loseTo !== undefined) loseAppended(response as InterceptedAnswer, topic, partition, parts)
      parts.cluster.moveLeader(topic, partition, loseTo ?? moveTo!)
    }
    return response
  }
}

/** The answer has the offset of what was appended: that and what is behind it goes. */
function loseAppended(
  response: InterceptedAnswer,
  topic: string,
  partition: number,
  { cluster, lose, nameOf }: RuleParts
): void {
  const answer = response.responses
    .flatMap(each => (nameOf(each.name ?? each.topicId ?? '') === topic ? each.partitions : []))
    .find(each => each.index === partition)
  if (answer === undefined || answer.baseOffset < 0n) return
  const { endOffset } = cluster.offsets(topic, partition)
  lose(topic, partition, Number(endOffset - answer.baseOffset))
}

interface InterceptedAnswer {
  readonly responses: readonly {
    readonly name?: string
    readonly topicId?: string
    readonly partitions: readonly { readonly index: number; readonly baseOffset: bigint }[]
  }[]
}
