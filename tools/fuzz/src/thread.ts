// Fuzzes in a thread of its own, and watches it: a thread that hangs or runs out of memory is a finding.
import { Worker } from 'node:worker_threads'
import { Blackboard } from './blackboard.ts'
import type { Count } from './campaign.ts'
import type { FindingKind, Report } from './finding.ts'
import type { Plant } from './plants.ts'

export interface Assignment {
  readonly memory: SharedArrayBuffer
  readonly plant: Plant | null
  /** Targets whose names begin so; empty: all. */
  readonly groups: readonly string[]
  readonly seed: number
  readonly seconds: number
  readonly stopAtFirst: boolean
}

export type Message =
  | { readonly kind: 'finding'; readonly report: Report }
  | { readonly kind: 'counts'; readonly counts: readonly Count[]; readonly done: boolean }

export interface Result {
  readonly counts: readonly Count[]
  readonly reports: readonly Report[]
  /** The most that the process held, bytes. */
  readonly residentBytes: number
}

const lookEveryMs = 500
/** An execution that takes longer does not end. Minimising takes a while as well. */
const hangMs = 15_000
const heapMegabytes = 512

export function fuzzInThread(
  assignment: Omit<Assignment, 'memory'>,
  onProgress: (executions: number) => void = () => undefined
): Promise<Result> {
  const blackboard = new Blackboard()
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { ...assignment, memory: blackboard.memory } satisfies Assignment,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
  })
  const reports: Report[] = []
  let counts: readonly Count[] = []
  let residentBytes = 0
  let seen = { executions: -1, atMs: performance.now() }
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearInterval(watch)
      void worker.terminate().then(() => resolve({ counts, reports, residentBytes }))
    }
    const give = (kind: FindingKind, message: string): void => {
      const { name, hex } = blackboard.read()
      reports.push({ target: name, kind, message, hex, executions: blackboard.executions })
      end()
    }
    const watch = setInterval(() => {
      residentBytes = Math.max(residentBytes, process.memoryUsage.rss())
      const { executions } = blackboard
      onProgress(executions)
      if (executions !== seen.executions) seen = { executions, atMs: performance.now() }
      // Before the first one, modules are loaded.
      else if (executions > 0 && performance.now() - seen.atMs > hangMs) give('hang', 'it does not end')
    }, lookEveryMs)
    worker.on('message', (message: Message) => {
      if (message.kind === 'finding') reports.push(message.report)
      else counts = message.counts
      if (message.kind === 'counts' && message.done) end()
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return give('memory', 'the thread ran out of memory')
      clearInterval(watch)
      reject(error)
    })
  })
}
