// Looks at memory and handles of a process while its producers work.
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Producer } from '@sluice/producer'
import { connectionsOf, type Census } from './census.ts'

export interface Vitals {
  readonly atMs: number
  /** After a collection of garbage, as all that follow. */
  readonly heapBytes: number
  /** Buffers, outside the heap. */
  readonly bufferBytes: number
  readonly residentBytes: number
  /** Open, whether anything is on its way or not. */
  readonly sockets: number
  /** The fewest that were open at any time since the sample before. */
  readonly lowestSockets: number
  /** Of the pools, by what they are for; together as many as there are sockets, or more while one is being opened. */
  readonly produceConnections: number
  readonly controlConnections: number
  readonly otherConnections: number
  /** Of all these: those that are not ready for requests yet. */
  readonly openingConnections: number
  /** Of the process; those that keep it alive. */
  readonly timers: number
  /** Of the producers and their pools; all, whether they keep the process alive or not. */
  readonly pendingTimers: number
  /** The fewest that were pending at any time since the sample before. */
  readonly lowestPendingTimers: number
  /** The pending ones by the file whose code set them. */
  readonly timersOf: Readonly<Record<string, number>>
  /** Whatever keeps the process alive: sockets on which something is on its way, timers, and all else that Node counts. */
  readonly resources: number
  /** Batch memory of all producers together. */
  readonly queuedBytes: number
}

const lookMs = 5_000
const glanceMs = 50

export class VitalSigns {
  readonly samples: Vitals[] = []
  /** Largest share of its `bufferMemory` that any producer was seen to use. */
  fullest = 0
  /** Bytes beyond its `bufferMemory` that any producer was seen to use. */
  overBytes = 0
  readonly #watched: readonly { readonly producer: Producer; readonly limitBytes: number }[]
  readonly #census: Census
  readonly #collect: () => void = collector()
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 })
  readonly #startedMs: number = performance.now()

  constructor(watched: readonly { readonly producer: Producer; readonly limitBytes: number }[], census: Census) {
    this.#watched = watched
    this.#census = census
    this.#delays.enable()
    this.#timers = [setInterval(() => this.#glance(), glanceMs), setInterval(() => this.#look(), lookMs)]
  }

  /** How long, at most, Node was kept from looking at its timers. */
  get longestBlockMs(): number {
    return this.#delays.max / 1e6
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#delays.disable()
  }

  #glance(): number {
    let sum = 0
    for (const { producer, limitBytes } of this.#watched) {
      const { queuedBytes } = producer.stats()
      sum += queuedBytes
      this.fullest = Math.max(this.fullest, queuedBytes / limitBytes)
      this.overBytes = Math.max(this.overBytes, queuedBytes - limitBytes)
    }
    return sum
  }

  #look(): void {
    const queuedBytes = this.#glance()
    this.#collect()
    const { heapUsed, rss, arrayBuffers } = process.memoryUsage()
    const resources = process.getActiveResourcesInfo()
    const { sockets, timers: pendingTimers, timersOf } = this.#census
    const lows = this.#census.takeLows()
    const connections = connectionsOf(new Set(this.#watched.map(({ producer }) => producer.connections)))
    this.samples.push({
      atMs: performance.now() - this.#startedMs,
      heapBytes: heapUsed,
      bufferBytes: arrayBuffers,
      residentBytes: rss,
      sockets,
      lowestSockets: lows.sockets,
      produceConnections: connections.produce,
      controlConnections: connections.control,
      otherConnections: connections.other,
      openingConnections: connections.opening,
      timers: resources.filter(name => name === 'Timeout').length,
      pendingTimers,
      lowestPendingTimers: lows.timers,
      timersOf: Object.fromEntries(timersOf),
      resources: resources.length,
      queuedBytes
    })
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
