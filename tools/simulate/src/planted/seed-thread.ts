// One thread that runs seeds, with or without a planted bug in it; a bug may make it run for ever.
import { Worker } from 'node:worker_threads'
import type { Change } from '@sluice/plants'
import type { SeedRange } from '../batch.ts'
import type { Tally } from '../tally.ts'
import type { ThreadOptions } from '../threads.ts'

const longestMs = 15_000

export class SeedThread {
  readonly #changes: readonly Change[]
  #worker: Worker | null = null

  constructor(changes: readonly Change[]) {
    this.#changes = changes
  }

  /** One range at a time. */
  run(range: SeedRange): Promise<Tally | 'no end'> {
    const worker = (this.#worker ??= this.#start())
    return new Promise((resolve, reject) => {
      const onNews = ({ tally }: { readonly tally: Tally }): void => {
        end()
        resolve(tally)
      }
      const onError = (error: Error): void => {
        end()
        reject(error)
      }
      const timer = setTimeout(() => {
        end()
        void this.stop().then(() => resolve('no end'))
      }, longestMs)
      const end = (): void => {
        clearTimeout(timer)
        worker.off('message', onNews)
        worker.off('error', onError)
      }
      worker.on('message', onNews)
      worker.on('error', onError)
      worker.postMessage(range)
    })
  }

  #start(): Worker {
    const workerData: ThreadOptions = { coverage: false, medium: 'memory', planted: this.#changes }
    return new Worker(new URL('../worker.js', import.meta.url), { workerData })
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = null
  }
}
