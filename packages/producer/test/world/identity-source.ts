// Where producer ids come from: each that is asked for is a new one, at once or after a while.
import type { HeldIdentity } from '../../src/queue-identity.ts'
import type { Dice } from './dice.ts'

const slowMs = 300

export class IdentitySource {
  held: HeldIdentity = { producerId: 1n, producerEpoch: 0, version: 1 }
  readonly #dice: Dice
  readonly #slow: number
  readonly #tell: (line: string) => void
  #comesAtMs = Infinity

  constructor(dice: Dice, slow: number, tell: (line: string) => void) {
    this.#dice = dice
    this.#slow = slow
    this.#tell = tell
  }

  want(newerThan: number, nowMs: number): void {
    if (this.held.version > newerThan) return
    if (this.#comesAtMs === Infinity) this.#comesAtMs = nowMs + (this.#dice.happens(this.#slow) ? slowMs : 0)
    this.tick(nowMs)
  }

  tick(nowMs: number): void {
    if (nowMs < this.#comesAtMs) return
    this.#comesAtMs = Infinity
    const { producerId, version } = this.held
    this.held = { producerId: producerId + 1n, producerEpoch: 0, version: version + 1 }
    this.#tell(`  the identity is ${this.held.producerId} now`)
  }
}
