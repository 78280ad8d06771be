// Owner of what is known of the cluster: who waits for what, what to ask, what an answer changes.
import {
  isKafkaError,
  type BrokerAddress,
  type Callback,
  type Clock,
  type KafkaError,
  type Observer
} from '@sluice/core'
import { errorCodes, type MetadataResponse } from '@sluice/protocol'
import { Doubts } from './doubts.ts'
import { Inquiry } from './inquiry.ts'
import { closedError, lateError, topicNameError } from './metadata-errors.ts'
import type { ClusterWait, Metadata, TopicWait } from './metadata.ts'
import { MissingTopics } from './missing-topics.ts'
import type { BrokerConnections } from './pool.ts'
import { Refresher } from './refresher.ts'
import { Refusals } from './refusals.ts'
import type { Cancellable } from './request.ts'
import type { RetryDelay } from './retry-delay.ts'
import type { RoundFailure } from './round.ts'
import { addressKey, type Router } from './route.ts'
import { mergeAnswer, type Merge, type TopicVerdict } from './snapshot-merge.ts'
import {
  emptyState,
  withLeaderHints,
  withoutBroker,
  withoutTopics,
  type ClusterState,
  type LeaderHint,
  type MetadataAnswer,
  type Snapshot,
  type TopicInfo
} from './snapshot.ts'
import { isTopicName } from './topic-name.ts'
import { TopicsInUse, type TopicKeeper } from './topics-in-use.ts'
import { Waiters, type Waiter } from './waiters.ts'

export interface MetadataOwnerOptions {
  readonly clock: Clock
  readonly observer: Observer
  readonly pool: BrokerConnections
  readonly router: Router
  readonly retryDelay: RetryDelay
  readonly maxAgeMs: number
}

type Merged = Extract<Merge, { kind: 'merged' }>

export class MetadataOwner implements Metadata {
  readonly #options: MetadataOwnerOptions
  readonly #refresher: Refresher
  readonly #waiters: Waiters<TopicInfo | Snapshot>
  readonly #inUse = new TopicsInUse()
  readonly #missing = new MissingTopics()
  readonly #doubts = new Doubts()
  readonly #refusals = new Refusals()
  /** What brokers last said of topics in place of what was wanted. */
  readonly #problems = new Map<string, KafkaError>()
  readonly #listeners = new Set<(snapshot: Snapshot) => void>()
  #state: ClusterState = emptyState
  #inquiry: Inquiry<Merged> | null = null
  #askedMs = 0
  #progress = false
  #incomplete = false
  #lastAnswerer: string | null = null
  #stopped = false

  constructor(options: MetadataOwnerOptions) {
    this.#options = options
    const { clock, retryDelay, maxAgeMs } = options
    this.#refresher = new Refresher({ clock, retryDelay, maxAgeMs, ask: everything => this.#ask(everything) })
    this.#waiters = new Waiters(
      clock,
      waiter => lateError(waiter, this.whyUnknown(waiter.topic)),
      topic => this.#tidy([topic])
    )
  }

  get snapshot(): Snapshot {
    return this.#state
  }

  topic(name: string, options: TopicWait, callback: Callback<TopicInfo>): Cancellable {
    const refusal = this.#refusal(name)
    if (refusal !== null) return this.#soon(() => callback(refusal, undefined))
    const known = this.#state.topics.get(name)
    this.#inUse.add(name, this.#nowMs)
    if (known !== undefined && known.lastUpdateMs >= (options.freshSinceMs ?? -Infinity)) {
      return this.#soon(() => callback(null, this.#state.topics.get(name) ?? known))
    }
    const isNews = !this.#missing.has(name) && this.#isNews(name, options)
    // The result is that of a topic, for the waiter is one for a topic.
    const waiter = this.#wait(name, options, callback as Callback<TopicInfo | Snapshot>)
    if (isNews) this.#refresher.urge()
    return waiter
  }

  cluster(options: ClusterWait, callback: Callback<Snapshot>): Cancellable {
    if (this.#stopped) return this.#soon(() => callback(closedError(), undefined))
    if (this.#state.lastUpdateMs > -Infinity && this.#state.lastUpdateMs >= (options.freshSinceMs ?? -Infinity)) {
      return this.#soon(() => callback(null, this.#state))
    }
    const isNews = this.#isNews(null, options)
    const waiter = this.#wait(null, { ...options, autocreate: false }, callback as Callback<TopicInfo | Snapshot>)
    if (isNews) this.#refresher.urge()
    return waiter
  }

  whyUnknown(topic: string | null): KafkaError | null {
    return this.#refresher.lastFailure ?? this.#problems.get(topic ?? '') ?? null
  }

  refresh(): void {
    this.#refresher.want()
  }

  applyLeaderHints(hints: readonly LeaderHint[]): boolean {
    const state = withLeaderHints(this.#state, hints)
    if (state === null) return false
    this.#publish(state)
    this.refresh()
    return true
  }

  doubtLeader(topic: string, partition: number, leader: number): void {
    this.#doubts.deny(topic, partition, leader, this.#nowMs)
  }

  denied(topic: string, error: KafkaError): void {
    this.#refusals.add(topic, error, this.#nowMs)
  }

  offer(answer: MetadataAnswer, askedMs: number): KafkaError | Snapshot {
    const whole = this.#merge(answer, askedMs)
    if (whole.kind === 'refused') return whole.error
    // Made before what is known now: its brokers may be gone, and newer ones are not in it.
    if (askedMs < this.#state.lastUpdateMs) return whole.state
    for (const [name, { kind }] of whole.verdicts) if (kind !== 'missing') this.#missing.clear(name)
    const topics = answer.topics.filter(({ name }) => name !== null && this.#inUse.has(name))
    const used = this.#merge({ ...answer, topics }, askedMs)
    if (used.kind === 'merged' && !this.#stopped) {
      this.#publish(used.state)
      if (used.incomplete) this.refresh()
    }
    return whole.state
  }

  missing(topic: string): KafkaError | null {
    return this.#missing.verdict(topic)
  }

  onChange(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  retain(keeper: TopicKeeper): () => void {
    return this.#inUse.retain(keeper)
  }

  lost(nodeId: number): void {
    this.#doubts.lost(nodeId)
    this.refresh()
  }

  reached(nodeId: number): void {
    this.#doubts.reached(nodeId)
  }

  stop(): void {
    this.#stopped = true
    this.#inquiry?.cancel()
    this.#refresher.stop()
    this.#listeners.clear()
    for (const call of this.#waiters.take(closedError)) call()
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #wait(topic: string | null, options: TopicWait, callback: Callback<TopicInfo | Snapshot>): Cancellable {
    const { autocreate, deadlineMs, freshSinceMs = -Infinity, retries = Infinity } = options
    return this.#waiters.add({ topic, autocreate, deadlineMs, freshSinceMs, retries, callback })
  }

  /** Whether no question that will do is due already. */
  #isNews(topic: string | null, { freshSinceMs = -Infinity }: ClusterWait): boolean {
    return !this.#waiters.has(topic) || (this.#inquiry !== null && this.#askedMs < freshSinceMs)
  }

  #soon(task: () => void): Cancellable {
    let open = true
    this.#options.clock.soon(() => {
      if (open) task()
    })
    return { cancel: () => void (open = false) }
  }

  #refusal(name: string): KafkaError | null {
    if (this.#stopped) return closedError()
    if (!isTopicName(name)) return topicNameError(name)
    return this.#refusals.of(name, this.#nowMs)
  }

  #ask(everything: boolean): void {
    this.#askedMs = this.#nowMs
    this.#progress = false
    this.#incomplete = false
    const { pool, router } = this.#options
    const topics = this.#topicsToAsk(everything)
    const creates = (name: string): boolean => !this.#state.topics.has(name) && this.#waiters.wantsCreation(name)
    this.#inquiry = new Inquiry<Merged>({
      pool,
      router,
      last: this.#askLast(),
      judge: (response, from) => this.#judge(response, from),
      answered: (merge, from, asked) => this.#answered(merge, from, asked),
      ended: (failure, isAnyAnswered) => this.#ended(failure, isAnyAnswered)
    })
    this.#inquiry.start({ topics: topics.filter(name => !creates(name)), creating: topics.filter(creates) })
  }

  #topicsToAsk(everything: boolean): readonly string[] {
    if (!everything) return this.#waiters.topics()
    const expired = this.#inUse.expire(this.#nowMs, name => this.#waiters.has(name))
    for (const name of expired) this.#forget(name)
    this.#state = withoutTopics(this.#state, expired)
    return [...this.#inUse.names()]
  }

  /** Whoever told nothing new, has said already that a topic is missing, or is no witness to that, need not say it again. */
  #askLast(): ReadonlySet<string> {
    const witnesses = this.#missing.witnesses()
    const last = new Set([...witnesses].map(nodeId => `#${nodeId}`))
    if (this.#missing.any) {
      for (const { address } of this.#options.pool.connections()) {
        if (address.nodeId === undefined) last.add(addressKey(address))
      }
    }
    if (this.#refresher.idling && this.#lastAnswerer !== null) last.add(this.#lastAnswerer)
    return last
  }

  #merge(answer: MetadataAnswer, askedMs: number): Merge {
    const nowMs = this.#nowMs
    // What another client of the pool has found out holds for all: there is one node 1 in it.
    const clusterId = this.#state.clusterId ?? this.#options.pool.clusterId ?? null
    return mergeAnswer({ ...this.#state, clusterId }, answer, {
      nowMs,
      askedMs,
      doubted: (topic, partition, leader) => this.#doubts.has(topic, partition, leader, nowMs)
    })
  }

  #judge(response: MetadataResponse, from: BrokerAddress): KafkaError | Merged {
    const merge = this.#merge(response, this.#askedMs)
    if (merge.kind === 'merged') return merge
    const { error } = merge
    if (isKafkaError(error, 'KAFKA_CONNECTION') && error.problem === 'wrong-cluster') this.#expel(from, error)
    return error
  }

  /** Another cluster answers at the address: nothing may be sent there, whatever was known of the node. */
  #expel(address: BrokerAddress, error: KafkaError): void {
    const { nodeId } = address
    for (const connection of [...this.#options.pool.connections()]) {
      if (addressKey(connection.address) === addressKey(address)) connection.destroy(error)
    }
    if (nodeId !== undefined) this.#publish(withoutBroker(this.#state, nodeId))
  }

  #answered(merge: Merged, from: BrokerAddress, asked: readonly string[]): void {
    this.#lastAnswerer = addressKey(from)
    const gone = this.#weigh(merge, this.#nodeOf(from, merge.state), asked)
    const state = withoutTopics(merge.state, gone)
    const calls = this.#waiters.take(waiter => this.#verdict(waiter, state, merge))
    this.#progress ||= merge.changed || calls.length > 0
    this.#incomplete ||= merge.incomplete
    this.#options.router.trust(from)
    this.#publish(state)
    this.#tidy(this.#inUse.names())
    this.#options.observer.onMetadata?.({
      topics: state.topics.size,
      brokers: state.brokers.size,
      elapsedMs: this.#nowMs - this.#askedMs
    })
    for (const call of calls) call()
  }

  /** Takes note of what was said of each topic. Gives those that are known and, by now, certainly gone. */
  #weigh(merge: Merged, nodeId: number | null, asked: readonly string[]): readonly string[] {
    const nowMs = this.#nowMs
    const gone: string[] = []
    for (const name of asked) {
      const verdict = merge.verdicts.get(name)
      this.#note(name, verdict)
      if (verdict === undefined) this.#incomplete = true
      else if (verdict.kind === 'missing') {
        this.#missing.testify(name, nodeId, this.#state.topics.has(name), nowMs)
        const error = this.#missing.confirmed(name, merge.state.brokers, nowMs)
        if (error === null || !merge.state.topics.has(name)) continue
        gone.push(name)
        this.#missing.conclude(name, error)
      } else {
        this.#missing.clear(name)
        if (verdict.kind === 'failed' && verdict.error.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
          this.#refusals.add(name, verdict.error, nowMs)
        }
      }
    }
    return gone
  }

  #note(topic: string, verdict: TopicVerdict | undefined): void {
    if (verdict === undefined || verdict.kind === 'known' || verdict.error === null) this.#problems.delete(topic)
    else this.#problems.set(topic, verdict.error)
  }

  #verdict(
    waiter: Waiter<TopicInfo | Snapshot>,
    state: ClusterState,
    merge: Merged
  ): KafkaError | { readonly result: TopicInfo | Snapshot } | null {
    // What was asked for before is too old, though it comes later.
    if (this.#askedMs < waiter.freshSinceMs) return null
    if (waiter.topic === null) return { result: state }
    const verdict = merge.verdicts.get(waiter.topic)
    if (verdict?.kind === 'failed') return verdict.error
    if (verdict?.kind === 'missing') return this.#missing.confirmed(waiter.topic, state.brokers, this.#nowMs)
    const topic = state.topics.get(waiter.topic)
    return topic !== undefined && topic.lastUpdateMs >= waiter.freshSinceMs ? { result: topic } : null
  }

  #ended(failure: RoundFailure | null, isAnyAnswered: boolean): void {
    this.#inquiry = null
    if (failure === null || isAnyAnswered) {
      const unfinished = this.#incomplete || failure !== null
      return this.#refresher.answered({ progress: this.#progress, unfinished, awaited: !this.#waiters.empty })
    }
    const calls = this.#waiters.take(waiter => {
      return isFinal(failure) || ++waiter.failedRounds > waiter.retries
        ? failure.error.withOutcome('not-persisted')
        : null
    })
    this.#tidy(this.#inUse.names())
    this.#refresher.failed(failure.error)
    for (const call of calls) call()
  }

  #publish(state: ClusterState): void {
    const { brokers, clusterId } = this.#state
    this.#state = state
    if (state.brokers !== brokers || state.clusterId !== clusterId)
      this.#options.pool.updateBrokers(state.brokers, state.clusterId)
    this.#options.router.learn(state.brokers)
    for (const listener of this.#listeners) listener(state)
  }

  /** Topics that nobody waits for any more and that were never found are no longer asked for. */
  #tidy(names: Iterable<string | null>): void {
    for (const name of names) {
      if (name === null || this.#state.topics.has(name) || this.#waiters.has(name)) continue
      this.#inUse.delete(name)
      this.#forget(name)
    }
  }

  #forget(topic: string): void {
    this.#missing.forget(topic)
    this.#problems.delete(topic)
  }

  #nodeOf(from: BrokerAddress, state: ClusterState): number | null {
    if (from.nodeId !== undefined) return from.nodeId
    for (const [nodeId, { host, port }] of state.brokers) if (host === from.host && port === from.port) return nodeId
    return null
  }
}

/** An error code for the answer as a whole is that broker's trouble, whatever the code. */
function isFinal({ error, refused, retriable }: RoundFailure): boolean {
  return refused || (!retriable && error.code !== 'KAFKA_BROKER')
}
