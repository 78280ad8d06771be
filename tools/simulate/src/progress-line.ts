// The line at the bottom of a terminal that says how far the runs are. Nothing where nobody looks.

export interface Terminal {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

const everyMs = 250
const clearLine = '\r\u001b[2K'

export class ProgressLine {
  readonly #terminal: Terminal
  readonly #wanted: number
  readonly #nowMs: () => number
  readonly #startedMs: number
  #shownMs = -Infinity
  #runs = 0
  #failed = 0

  constructor(terminal: Terminal, wanted: number, nowMs: () => number) {
    this.#terminal = terminal
    this.#wanted = wanted
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
  }

  ran(runs: number, failed: number): void {
    this.#runs += runs
    this.#failed += failed
    const nowMs = this.#nowMs()
    if (this.#terminal.isTTY !== true || nowMs - this.#shownMs < everyMs) return
    this.#shownMs = nowMs
    const perSecond = Math.round((this.#runs * 1_000) / Math.max(1, nowMs - this.#startedMs))
    const failures = this.#failed === 0 ? '' : `, ${this.#failed} failed`
    this.#terminal.write(`${clearLine}${this.#runs} of ${this.#wanted} runs, ${perSecond} seeds/s${failures}`)
  }

  /** The line makes room for another. */
  clear(): void {
    if (this.#terminal.isTTY === true) this.#terminal.write(clearLine)
  }
}
