// The clock of a run over real sockets: time stands still while they bring anything, and goes on by itself when they do not.
import { ManualClock, type ManualClockOptions } from '@sluice/testing'

/** Turns of the event loop without anything from a socket: then nothing is on its way, for both ends are in this process. */
const quietTurns = 4

export class TurnClock extends ManualClock {
  /** What sockets brought, and what was put off, since the start. */
  #happenings = 0

  constructor(options: ManualClockOptions = {}) {
    super(options)
  }

  /** A socket brought something. */
  happened(): void {
    this.#happenings++
  }

  override soon(task: () => void): void {
    this.#happenings++
    super.soon(task)
  }

  /** Until sockets are quiet. Time stands still. */
  async calm(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      const before = this.#happenings
      // One turn after another: each may bring something.
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>(resolve => void setImmediate(resolve))
      this.runSoon()
      if (this.#happenings !== before) quiet = -1
    }
  }
}
