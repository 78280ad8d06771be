// What a benchmark client is: it is told its task on the command line, warms up, and then does what lines on its standard input
// say, one at a time: `measure MS`, `latencies RATE`, `finish`. What came of each it says in a line of JSON.
import type { Cell } from './cells.ts'
import type { BenchMessage } from './messages.ts'

export interface Task {
  readonly client: string
  readonly cell: Cell
  readonly brokers: readonly string[]
  readonly topic: string
  /** A file as `writeMessages` makes it. */
  readonly messages: string
  readonly warmMs: number
  /** How long calls are made at a fixed rate; 0: not at all. */
  readonly latencyMs: number
  /** For clients that can choose. */
  readonly lingerMs: number
  /** Count allocated bytes, which costs a little. */
  readonly countAllocations: boolean
  /** Where the CPU profile goes; null for none. */
  readonly profile: string | null
  /** The folder whose node_modules holds the peers. */
  readonly modules: string
  /** A PEM file; null without TLS. */
  readonly certificate: string | null
}

export interface Warm {
  readonly event: 'warm'
  /** Acknowledged until now. */
  readonly messages: number
}

/** Of one turn, or of several added up. */
export interface Measured {
  readonly event: 'measured'
  readonly messages: number
  readonly seconds: number
  /** User and system time of the whole process. */
  readonly cpuUs: number
  /** The most memory that the process has had until now. */
  readonly peakKb: number
  /** On the JavaScript heap and in buffers; null where it was not counted. */
  readonly allocatedBytes: number | null
}

export interface Percentiles {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

export interface Latency {
  readonly event: 'latency'
  readonly calls: number
  /** Acknowledged, those before the counted ones too. */
  readonly messages: number
  /** Messages a second that were asked for. */
  readonly rate: number
  /** Null for a client that could not keep the rate: what it shows depends on how long one looks. */
  readonly percentiles: Percentiles | null
}

export interface IdleMemory {
  readonly rssBytes: number
  /** Used of V8's heap. */
  readonly heapBytes: number
  /** Outside of it. */
  readonly bufferBytes: number
}

export interface Finished {
  readonly event: 'finished'
  readonly version: string
  /** Of a client that was asked to do nothing for a while. */
  readonly idle?: IdleMemory
}

export type ClientEvent = Warm | Measured | Latency | Finished

/** A client under test, connected. */
export interface BenchClient {
  readonly version: string
  /** The work as this client does it, where it cannot do it as the cell says. */
  readonly cell?: Cell
  /** One call of `send` with these messages; it settles when all of them are acknowledged. */
  prepare(messages: readonly BenchMessage[]): () => Promise<unknown>
  close(): Promise<void>
}

export type ConnectClient = (task: Task) => Promise<BenchClient>
