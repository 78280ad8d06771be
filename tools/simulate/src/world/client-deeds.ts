// Does what the events of a story say to the client: calls of the application, and what befalls its process.
import type { ClientEvent, StoryEvent } from '../story.ts'
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

type EventOf<Kind> = Extract<ClientEvent, { readonly kind: Kind }>

/** False where it had no effect. */
type Deed<Event> = (parts: ClientDeedParts, event: Event) => unknown

const deeds: { readonly [Kind in ClientEvent['kind']]: Deed<EventOf<Kind>> } = {
  send: ({ calls }, event) => calls.send(event),
  abort: ({ calls }, { call }) => calls.abort(call),
  flush: ({ calls }) => calls.flush(),
  close: ({ calls }, { timeout }) => calls.close(timeout),
  reset: ({ calls }, { topic, partition }) => calls.reset(topic, partition),
  init: ({ calls }) => calls.init(),
  drained: ({ calls }) => calls.drained(),
  'partitions-for': ({ calls }, { topic }) => calls.partitionsFor(topic),
  stall: ({ loop }, { ms }) => loop.block(ms),
  'wall-clock': ({ loop }, { byMs }) => loop.jumpWallClock(byMs),
  'client-password': ({ application }, { value, how }) => application.setPassword(value, how)
}

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
    if (!isClients(event)) return false
    this.#left++
    this.#parts.loop.later(event.atMs, () => {
      this.#left--
      if (this.do(event)) this.#parts.onEffect(event)
    })
    return true
  }

  /** False where it had no effect. */
  do(event: ClientEvent): boolean {
    // By its kind it is the event that this deed takes, which a table cannot tell the compiler.
    const deed = deeds[event.kind] as Deed<ClientEvent>
    return deed(this.#parts, event) !== false
  }
}

function isClients(event: StoryEvent): event is Extract<StoryEvent, ClientEvent> {
  return Object.hasOwn(deeds, event.kind)
}
