// The null broker inside the client's process, where every byte that it allocates can be kept out of the count.
import { systemClock, type ByteStream, type StreamEvents, type Transport } from '@sluice/core'
import { Answerer, type Tally } from './answers.ts'

const longestFrame = 16 * 1024 * 1024

export interface MemoryBroker {
  readonly transport: Transport
  readonly tally: Tally
}

export function memoryBroker(partitions: number): MemoryBroker {
  const answerer = new Answerer(() => [9092], partitions)
  // Requests are put together here: no buffer for each.
  const frame = Buffer.allocUnsafeSlow(longestFrame)
  const connect = (events: StreamEvents): ByteStream => {
    let open = true
    systemClock.soon(() => events.onOpen())
    return {
      write: (segments, onFlushed) => {
        let length = 0
        for (const segment of segments) {
          frame.set(segment, length)
          length += segment.length
        }
        const answer = answerer.answer(frame.subarray(4, length))
        systemClock.soon(() => {
          if (!open) return
          onFlushed()
          if (answer !== null) events.onData(answer)
        })
        return true
      },
      destroy: cause => {
        if (!open) return
        open = false
        systemClock.soon(() => events.onClose(cause ?? null))
      }
    }
  }
  return { transport: { connect: (_, events) => connect(events) }, tally: answerer.tally }
}
