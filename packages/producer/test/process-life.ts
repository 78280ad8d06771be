// What keeps a process alive, counted where it is made: timers and streams that are referenced.
import type { Clock, StreamEvents, Timer, Transport } from '@sluice/core'

export class ProcessLife {
  readonly #held = new Set<object>()

  /** Whether the process would end by itself, were nothing else in it. */
  get isOver(): boolean {
    return this.#held.size === 0
  }

  clock(clock: Clock): Clock {
    return {
      epochMs: () => clock.epochMs(),
      monotonicMs: () => clock.monotonicMs(),
      soon: task => clock.soon(task),
      after: (delayMs, task) => this.#timer(clock, delayMs, task)
    }
  }

  #timer(clock: Clock, delayMs: number, task: () => void): Timer {
    const held = {}
    let isDue = false
    const timer = clock.after(delayMs, () => {
      isDue = true
      this.#held.delete(held)
      task()
    })
    this.#held.add(held)
    return {
      cancel: () => {
        this.#held.delete(held)
        timer.cancel()
      },
      unref: () => void this.#held.delete(held),
      ref: () => {
        if (!isDue) this.#held.add(held)
      }
    }
  }

  transport(transport: Transport): Transport {
    return {
      connect: (address, events) => {
        const held = {}
        let isOpen = true
        const stream = transport.connect(
          address,
          this.#watched(events, () => {
            isOpen = false
            this.#held.delete(held)
          })
        )
        this.#held.add(held)
        return {
          write: (segments, onFlushed) => stream.write(segments, onFlushed),
          destroy: cause => stream.destroy(cause),
          ref: () => {
            if (isOpen) this.#held.add(held)
          },
          unref: () => void this.#held.delete(held)
        }
      }
    }
  }

  #watched(events: StreamEvents, onClose: () => void): StreamEvents {
    return {
      onOpen: () => events.onOpen(),
      onData: chunk => events.onData(chunk),
      onDrain: () => events.onDrain(),
      onClose: cause => {
        onClose()
        events.onClose(cause)
      }
    }
  }
}
