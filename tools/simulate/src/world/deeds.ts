// Does what the events of a story say to the cluster and the network.
import type { TestCluster } from '@sluice/testing'
import type { StoryEvent } from '../story.ts'
import type { FateKeeper } from './fate-keeper.ts'
import { enforce } from './rules.ts'
import type { StoryLink, StoryNetwork } from './story-network.ts'
import type { TopicNames } from './topic-names.ts'

/** Brokers look here at each authentication. */
export interface Gate {
  readonly users: { app: string }
  sessionLifetimeMs: number
}

export interface DeedParts {
  readonly cluster: TestCluster
  readonly network: StoryNetwork
  readonly names: TopicNames
  readonly keeper: FateKeeper
  /** What brokers want of who authenticates, and for how long that is good. */
  readonly gate: Gate
  /** So many of the client's next writes fail. */
  readonly breakPipe: (times: number) => void
  readonly later: (delayMs: number, task: () => void) => void
  /** The event took effect, once more. */
  readonly onEffect: (event: StoryEvent) => void
}

/** Everything that a heal must undo is kept here. */
export class Deeds {
  readonly #parts: DeedParts
  readonly #rules: (() => void)[] = []
  readonly #cures = new Set<() => void>()
  readonly #down = new Set<number>()
  readonly #paused = new Set<number>()

  constructor(parts: DeedParts) {
    this.#parts = parts
  }

  /** False for an event that is the client's. */
  do(event: StoryEvent): boolean {
    const { cluster, keeper, names, onEffect } = this.#parts
    if (this.#isGone(event)) return true
    switch (event.kind) {
      case 'rule': {
        const nameOf = (nameOrId: string): string => names.find(nameOrId).name
        const lose = (topic: string, partition: number, records: number): void =>
          keeper.truncate(topic, partition, records)
        this.#rules.push(enforce(event, { cluster, nameOf, lose, onEffect: () => onEffect(event) }))
        return true
      }
      case 'move':
        cluster.moveLeader(event.topic, event.partition, event.to)
        break
      case 'kill':
        this.#kill(event.broker, event.elect ?? true)
        break
      case 'restart':
        this.#restart(event.broker)
        break
      case 'pause':
        if (this.#down.has(event.broker)) return true
        cluster.pause(event.broker)
        this.#paused.add(event.broker)
        break
      case 'resume':
        cluster.resume(event.broker)
        this.#paused.delete(event.broker)
        break
      case 'server-password':
        this.#parts.gate.users.app = event.value
        break
      case 'elect':
        cluster.elect()
        break
      case 'isr':
        cluster.setIsr(event.topic, event.partition, event.brokers)
        break
      case 'truncate':
        keeper.truncate(event.topic, event.partition, event.records)
        break
      case 'delete-records':
        keeper.deleteRecords(event.topic, event.partition, event.records)
        break
      case 'forget-producers':
        keeper.forget(event.topic, event.partition)
        break
      case 'grow':
        cluster.createPartitions(event.topic, event.partitions)
        break
      case 'create':
        cluster.createTopic(event.topic, event.partitions)
        names.add(event.topic, cluster.topicId(event.topic))
        keeper.watch(event.topic)
        break
      case 'delete':
        keeper.deleteTopic(event.topic)
        break
      case 'alter': {
        const { maxMessageBytes, minInsyncReplicas } = event
        if (maxMessageBytes !== undefined) cluster.alterTopic(event.topic, { maxMessageBytes })
        if (minInsyncReplicas !== undefined) cluster.alterTopic(event.topic, { minInsyncReplicas })
        break
      }
      case 'versions':
        cluster.limitVersions({ [event.api]: event.max === null ? null : { max: event.max } }, event.broker)
        break
      default:
        return this.#toNetwork(event)
    }
    onEffect(event)
    return true
  }

  /** A topic or a partition that the story has deleted. */
  #isGone(event: StoryEvent): boolean {
    if (event.kind === 'rule' || !('topic' in event) || event.topic === undefined) return false
    const partitions = this.#parts.cluster.partitionCount(event.topic)
    if (event.kind === 'create') return partitions > 0
    return partitions === 0 || ('partition' in event && (event.partition ?? 0) >= partitions)
  }

  #kill(broker: number, elect: boolean): void {
    if (this.#down.has(broker)) return
    this.#down.add(broker)
    this.#paused.delete(broker)
    void this.#parts.cluster.kill(broker, { elect })
  }

  #restart(broker: number): void {
    if (!this.#down.delete(broker)) return
    void this.#parts.cluster.restart(broker)
  }

  #toNetwork(event: StoryEvent): boolean {
    const { network, onEffect, later } = this.#parts
    switch (event.kind) {
      case 'cut':
        for (const link of this.#links(event.broker)) {
          link.cut(event.how ?? 'reset')
          onEffect(event)
        }
        return true
      case 'cut-after':
        for (const link of this.#links(event.broker)) {
          link.cutAfter(event.way, event.bytes, event.how ?? 'reset')
          onEffect(event)
        }
        return true
      case 'black-hole':
        for (const link of this.#links(event.broker)) {
          link.blackHole(event.way)
          later(event.forMs, () => link.heal(event.way))
          onEffect(event)
        }
        return true
      case 'isolate':
        this.#isolate(`broker-${event.broker}`, event.forMs)
        break
      case 'shape':
        network.shape(event.shape)
        break
      case 'name':
        network.setName(event.host, event.addresses ?? new Error('no such name'))
        this.#cures.add(() => network.setName(event.host, [event.host]))
        break
      case 'hang-up':
        for (const connection of this.#parts.cluster.connections(event.broker)) {
          connection.close(event.how)
          onEffect(event)
        }
        return true
      case 'broken-pipe':
        this.#parts.breakPipe(event.times)
        break
      default:
        return false
    }
    onEffect(event)
    return true
  }

  #isolate(host: string, forMs: number): void {
    const rejoin = this.#parts.network.isolate(host)
    const cure = (): void => {
      if (this.#cures.delete(cure)) rejoin()
    }
    this.#cures.add(cure)
    this.#parts.later(forMs, cure)
  }

  #links(broker: number | undefined): readonly StoryLink[] {
    const { links } = this.#parts.network
    return broker === undefined ? links : links.filter(link => link.address.host === `broker-${broker}`)
  }

  /** Ends every fault. What is lost stays lost. Sessions that begin now do not end. */
  heal(): void {
    const { cluster, network, gate } = this.#parts
    gate.sessionLifetimeMs = 0
    for (const undo of this.#rules.splice(0)) undo()
    for (const cure of [...this.#cures]) cure()
    this.#cures.clear()
    for (const broker of [...this.#paused]) cluster.resume(broker)
    for (const broker of [...this.#down]) this.#restart(broker)
    network.shape({ latencyMs: 1, pieceBytes: 65_536, coalesceMs: 0, bytesPerMs: Infinity })
    for (const link of network.links) link.heal()
    cluster.elect()
    this.#parts.keeper.giveLeaders()
  }
}
