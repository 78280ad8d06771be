// Looks at memory and handles once a second.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Producer } from '@sluice/producer'

export interface Vitals {
  readonly atMs: number
  readonly heapBytes: number
  readonly residentBytes: number
  /** Outside the heap: buffers. */
  readonly externalBytes: number
  readonly sockets: number
  readonly timers: number
  /** Batch memory of all producers together. */
  readonly queuedBytes: number
}

export class VitalSigns {
  readonly samples: Vitals[] = []
  /** Largest share of its `bufferMemory` that any producer was seen to use. */
  fullest = 0
  readonly #watched: readonly { readonly producer: Producer; readonly limitBytes: number }[]
  readonly #collect: (() => void) | null
  readonly #timer: NodeJS.Timeout
  readonly #startedMs: number = performance.now()

  /** @param thorough garbage is collected before every tenth look, which is the only one kept */
  constructor(watched: readonly { readonly producer: Producer; readonly limitBytes: number }[], thorough: boolean) {
    this.#watched = watched
    this.#collect = thorough ? collector() : null
    let looks = 0
    this.#timer = setInterval(() => {
      const queuedBytes = this.#queued()
      if (this.#collect === null || looks++ % 10 === 9) this.#look(queuedBytes)
    }, 1_000)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #queued(): number {
    let sum = 0
    for (const { producer, limitBytes } of this.#watched) {
      const { queuedBytes } = producer.stats()
      sum += queuedBytes
      this.fullest = Math.max(this.fullest, queuedBytes / limitBytes)
    }
    return sum
  }

  #look(queuedBytes: number): void {
    this.#collect?.()
    const { heapUsed, rss, external } = process.memoryUsage()
    const resources = process.getActiveResourcesInfo()
    const count = (name: string): number => resources.filter(resource => resource === name).length
    this.samples.push({
      atMs: performance.now() - this.#startedMs,
      heapBytes: heapUsed,
      residentBytes: rss,
      externalBytes: external,
      sockets: count('TCPSocketWrap'),
      timers: count('Timeout'),
      queuedBytes
    })
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

export interface Comparison {
  readonly what: keyof Vitals
  readonly first: number
  readonly last: number
  readonly most: number
}

/** Means of the first and the last third, the first tenth left out: there the memory is still being taken. */
export function compareThirds(samples: readonly Vitals[]): readonly Comparison[] {
  const warm = samples.slice(Math.floor(samples.length / 10))
  const third = Math.max(1, Math.floor(warm.length / 3))
  const names = ['heapBytes', 'residentBytes', 'externalBytes', 'sockets', 'timers', 'queuedBytes'] as const
  return names.map(what => ({
    what,
    first: mean(warm.slice(0, third).map(each => each[what])),
    last: mean(warm.slice(-third).map(each => each[what])),
    most: Math.max(0, ...warm.map(each => each[what]))
  }))
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length)
