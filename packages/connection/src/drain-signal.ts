// Says, once and in a later turn, that there is room again after there was none.
import type { Clock } from '@sluice/core'

export class DrainSignal {
  readonly #clock: Clock
  readonly #hasRoom: () => boolean
  readonly #tell: () => void
  #owed = false
  #coming = false

  constructor(clock: Clock, hasRoom: () => boolean, tell: () => void) {
    this.#clock = clock
    this.#hasRoom = hasRoom
    this.#tell = tell
  }

  /** There is no room, or somebody was told so. */
  owe(): void {
    this.#owed = true
  }

  /** There is room now. hot */
  settle(): void {
    if (!this.#owed || this.#coming) return
    this.#coming = true
    this.#clock.soon(() => {
      this.#coming = false
      // What came meanwhile may have taken the room again; the signal stays owed.
      if (!this.#hasRoom()) return
      this.#owed = false
      this.#tell()
    })
  }
}
