// Waiting until nodes take requests again: one listener, however many wait.
import { ClosedError, InvalidArgumentError, type Callback } from '@sluice/core'
import type { Base, BrokerEvent } from '@sluice/base'
import { described } from '@sluice/base/parts'
import type { ProducerEvents } from './events.ts'

interface Wait {
  readonly busy: Set<number>
  readonly done: Callback<void>
}

export class DrainWaits {
  readonly #client: Base<ProducerEvents>
  readonly #unwritableNodes: () => number[]
  readonly #waits = new Set<Wait>()

  constructor(client: Base<ProducerEvents>, unwritableNodes: () => number[]) {
    this.#client = client
    this.#unwritableNodes = unwritableNodes
  }

  /**
   * @param nodeIds null: all
   * @throws InvalidArgumentError
   */
  add(nodeIds: readonly number[] | null, done: Callback<void>): void {
    if (nodeIds !== null && !isNodeIds(nodeIds))
      throw new InvalidArgumentError(`drained needs a list of node ids, not ${described(nodeIds)}`)
    const busy = new Set(this.#unwritableNodes())
    if (nodeIds !== null) for (const node of busy) if (!nodeIds.includes(node)) busy.delete(node)
    if (busy.size === 0) return done(null, undefined)
    if (this.#waits.size === 0) this.#listen()
    this.#waits.add({ busy, done })
  }

  #listen(): void {
    this.#client.on('client:broker:drain', this.#onDrain)
    this.#client.on('client:close', this.#onClose)
  }

  #forget(wait: Wait): void {
    this.#waits.delete(wait)
    if (this.#waits.size > 0) return
    this.#client.off('client:broker:drain', this.#onDrain)
    this.#client.off('client:close', this.#onClose)
  }

  readonly #onDrain = ({ broker }: BrokerEvent): void => {
    const { nodeId } = broker
    if (nodeId === null) return
    for (const wait of [...this.#waits]) {
      if (!wait.busy.delete(nodeId) || wait.busy.size > 0) continue
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
