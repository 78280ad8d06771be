// Waiting until nodes take requests again: one listener, however many wait.
import { ClosedError, InvalidArgumentError, type Callback } from '@sluice/core'
import type { Base, BrokerEvent } from '@sluice/base'
import { described, type Metadata } from '@sluice/base/parts'
import type { ProducerEvents } from './events.ts'

interface Wait {
  /** Null: all. */
  readonly nodeIds: readonly number[] | null
  /** Those that were busy and have not been heard of since. */
  readonly awaited: Set<number>
  readonly done: Callback<void>
}

export interface DrainWaitsParts {
  readonly client: Base<ProducerEvents>
  readonly metadata: Metadata
  readonly unwritableNodes: () => number[]
}

export class DrainWaits {
  readonly #parts: DrainWaitsParts
  readonly #waits = new Set<Wait>()
  #unwatch = (): void => {}

  constructor(parts: DrainWaitsParts) {
    this.#parts = parts
  }

  /**
   * @param nodeIds null: all
   * @throws InvalidArgumentError
   */
  add(nodeIds: readonly number[] | null, done: Callback<void>): void {
    if (nodeIds !== null && !isNodeIds(nodeIds))
      throw new InvalidArgumentError(`drained needs a list of node ids, not ${described(nodeIds)}`)
    const wait: Wait = { nodeIds: nodeIds === null ? null : [...nodeIds], awaited: new Set(), done }
    if (this.#isOver(wait)) return done(null, undefined)
    if (this.#waits.size === 0) this.#listen()
    this.#waits.add(wait)
  }

  #isOver({ nodeIds, awaited }: Wait): boolean {
    for (const node of this.#parts.unwritableNodes()) if (nodeIds === null || nodeIds.includes(node)) awaited.add(node)
    // Of a node that left the cluster nothing is heard any more, and nothing is sent to it.
    const { brokers } = this.#parts.metadata.snapshot
    for (const node of awaited) if (!brokers.has(node)) awaited.delete(node)
    return awaited.size === 0
  }

  #listen(): void {
    const { client, metadata } = this.#parts
    client.on('client:broker:drain', this.#onDrain)
    client.on('client:close', this.#onClose)
    this.#unwatch = metadata.onChange(() => this.#endThoseOver())
  }

  #forget(wait: Wait): void {
    this.#waits.delete(wait)
    if (this.#waits.size > 0) return
    this.#parts.client.off('client:broker:drain', this.#onDrain)
    this.#parts.client.off('client:close', this.#onClose)
    this.#unwatch()
  }

  readonly #onDrain = ({ broker, connection }: BrokerEvent): void => {
    const { nodeId } = broker
    // Story: the connection for messages is busy, or lost; the one for questions to the same node has its answer, and says that
    // it takes more. That is nothing to those who send.
    if (nodeId === null || this.#parts.client.connections.peek(nodeId, 'produce') !== connection) return
    for (const { awaited } of this.#waits) awaited.delete(nodeId)
    this.#endThoseOver()
  }

  #endThoseOver(): void {
    for (const wait of [...this.#waits]) {
      if (!this.#isOver(wait)) continue
      this.#forget(wait)
      wait.done(null, undefined)
    }
  }

  readonly #onClose = (): void => {
    for (const wait of [...this.#waits]) {
      this.#forget(wait)
      wait.done(new ClosedError('The producer was closed'), undefined)
    }
  }
}

function isNodeIds(value: unknown): boolean {
  return Array.isArray(value) && value.every(each => Number.isInteger(each))
}
