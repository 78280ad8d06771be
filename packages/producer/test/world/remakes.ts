// Batches that are being made anew: a codec takes its time for some of them.
import type { Remake } from '../../src/queue-state.ts'
import type { Dice } from './dice.ts'
import type { WorldBatch } from './requests.ts'

const slowMs = 100

interface Order {
  readonly batch: WorldBatch
  readonly how: Remake
  readonly atMs: number
}

export class Remakes {
  readonly #dice: Dice
  readonly #slow: number
  #orders: readonly Order[] = []

  constructor(dice: Dice, slow: number) {
    this.#dice = dice
    this.#slow = slow
  }

  add(batch: WorldBatch, how: Remake, nowMs: number): void {
    const atMs = nowMs + (this.#dice.happens(this.#slow) ? slowMs : 0)
    this.#orders = [...this.#orders, { batch, how, atMs }]
  }

  has(batch: WorldBatch): boolean {
    return this.#orders.some(order => order.batch === batch)
  }

  takeReady(nowMs: number): Order[] {
    const ready = this.#orders.filter(({ atMs }) => atMs <= nowMs)
    this.#orders = this.#orders.filter(({ atMs }) => atMs > nowMs)
    return ready
  }
}
