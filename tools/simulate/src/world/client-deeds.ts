// Does what the events of a story say to the client: calls of the application, and what befalls its process.
import type { StoryEvent } from '../story.ts'
import type { Application } from './application.ts'
import type { Calls } from './calls.ts'
import type { ClientLoop } from './client-loop.ts'

export interface ClientDeedParts {
  readonly loop: ClientLoop
  readonly calls: Calls
  readonly application: Application
  /** The event took effect. */
  readonly onEffect: (event: StoryEvent) => void
}

const kinds: ReadonlySet<StoryEvent['kind']> = new Set([
  'send',
  'abort',
  'flush',
  'close',
  'reset',
  'init',
  'drained',
  'partitions-for',
  'stall',
  'wall-clock',
  'client-password'
])

export class ClientDeeds {
  readonly #parts: ClientDeedParts
  #left = 0

  constructor(parts: ClientDeedParts) {
    this.#parts = parts
  }

  /** Events that are still to come: to a blocked event loop they come late. */
  get left(): number {
    return this.#left
  }

  /** False for an event that is not the client's. */
  schedule(event: StoryEvent): boolean {
    if (!kinds.has(event.kind)) return false
    this.#left++
    this.#parts.loop.later(event.atMs, () => {
      this.#left--
      if (this.#do(event)) this.#parts.onEffect(event)
    })
    return true
  }

  /** @returns whether it had an effect */
  #do(event: StoryEvent): boolean {
    const { loop, calls, application } = this.#parts
    switch (event.kind) {
      case 'send':
        calls.send(event)
        return true
      case 'abort':
        return calls.abort(event.call)
      case 'flush':
        calls.flush()
        return true
      case 'close':
        calls.close(event.timeout)
        return true
      case 'reset':
        calls.reset(event.topic, event.partition)
        return true
      case 'init':
        calls.init()
        return true
      case 'drained':
        calls.drained()
        return true
      case 'partitions-for':
        calls.partitionsFor(event.topic)
        return true
      case 'stall':
        loop.block(event.ms)
        return true
      case 'client-password':
        application.setPassword(event.value, event.how)
        return true
      case 'wall-clock':
        loop.jumpWallClock(event.byMs)
        return true
      default:
        return false
    }
  }
}
