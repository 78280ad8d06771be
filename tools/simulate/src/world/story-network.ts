// What a story does to a network, be it in memory or of sockets.
import type { BrokerAddress, Transport } from '@sluice/core'
import type { PipeShape } from '@sluice/testing'
import type { Way } from '../story.ts'

export type Medium = 'memory' | 'tcp'

export interface StoryLink {
  readonly address: BrokerAddress
  cut(how: 'end' | 'reset'): void
  cutAfter(way: Way, bytes: number, how: 'end' | 'reset'): void
  /** Packets vanish, nobody is told, until `heal`. */
  blackHole(way?: Way): void
  heal(way?: Way): void
}

export interface StoryNetwork {
  readonly links: readonly StoryLink[]
  shape(change: Partial<PipeShape>): void
  /** Nothing reaches this host and nothing comes from it, until what is returned is called. */
  isolate(host: string): () => void
  /** What a name leads to from now on. */
  setName(host: string, addresses: readonly string[] | Error): void
  /** The client's way in. */
  transport(): Transport
}
