// Counts what V8 runs in this thread, block by block.
import { Session, type Profiler } from 'node:inspector'

export class CoverageTap {
  readonly #session = new Session()

  start(): void {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since the start, of scripts whose address passes. */
  take(isWanted: (url: string) => boolean): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = []
    // A session with its own thread answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error === null) taken = answer.result.filter(script => isWanted(script.url))
    })
    this.#session.disconnect()
    return taken
  }
}
