// Stands between a client and one of its brokers, and does with the broker's answers what a program says.
import type { BrokerAddress, ByteStream, StreamEvents, Timer, Transport } from '@sluice/core'
import type { ManualClock } from '@sluice/testing'
import { Dice } from '../dice.ts'
import { fixed, mutate } from '../mutate.ts'
import type { NextStep, Step } from './program.ts'

/** Answers whose lies would be the truth for the client: they name the brokers, or the producer's identity. */
const trustedKeys: ReadonlySet<number> = new Set([3, 10, 22])
const floodFrames = 200
const endlessPieces = 64
const pieceBytes = 16_384

/** What was asked, in order, and how much of it was answered. */
export interface Witness {
  /** Whole answers under the right id that came to the client, by API key. */
  readonly answered: Map<number, number>
  connections: number
  lies: boolean
}

export interface HostileParts {
  readonly inner: Transport
  readonly clock: ManualClock
  /** Asked for each answer, over all connections, and for each request to which none comes. */
  readonly nextStep: NextStep
  readonly witness: Witness
  readonly isHostile: (address: BrokerAddress) => boolean
}

export function hostileTransport(parts: HostileParts): Transport {
  const { inner } = parts
  return {
    connect: (address, events) => {
      if (!parts.isHostile(address)) return inner.connect(address, events)
      parts.witness.connections++
      const man = new ManInTheMiddle(parts, events)
      return man.between(inner.connect(address, man))
    },
    ...(inner.resolve === undefined ? {} : { resolve: inner.resolve.bind(inner) })
  }
}

class ManInTheMiddle implements StreamEvents {
  readonly #parts: HostileParts
  readonly #events: StreamEvents
  readonly #keys: number[] = []
  #stream: ByteStream | null = null
  #asked = Buffer.alloc(0)
  #answered = Buffer.alloc(0)
  readonly #pending: Timer[] = []
  #silent = false
  #closed = false
  /** When the last byte that is on its way will be there. */
  #freeMs = 0

  constructor(parts: HostileParts, events: StreamEvents) {
    this.#parts = parts
    this.#events = events
  }

  between(stream: ByteStream): ByteStream {
    this.#stream = stream
    return {
      write: (segments, onFlushed) => {
        this.#overhear(Buffer.concat(segments))
        return stream.write(segments, onFlushed)
      },
      destroy: cause => stream.destroy(cause)
    }
  }

  onOpen(): void {
    this.#events.onOpen()
  }

  onDrain(): void {
    this.#events.onDrain()
  }

  onClose(cause: Error | null): void {
    this.#closed = true
    for (const timer of this.#pending.splice(0)) timer.cancel()
    this.#events.onClose(cause)
  }

  onData(chunk: Uint8Array): void {
    this.#answered = Buffer.concat([this.#answered, chunk])
    for (let frame = this.#takeAnswer(); frame !== null; frame = this.#takeAnswer()) this.#act(frame)
  }

  #takeAnswer(): Buffer | null {
    const whole = wholeFrame(this.#answered)
    if (whole === null) return null
    this.#answered = this.#answered.subarray(whole.length)
    return Buffer.from(whole)
  }

  /** Requests to which no answer comes are floods' occasion. */
  #overhear(written: Buffer): void {
    this.#asked = Buffer.concat([this.#asked, written])
    for (let frame = wholeFrame(this.#asked); frame !== null; frame = wholeFrame(this.#asked)) {
      const key = frame.readInt16BE(4)
      if (isUnanswered(frame)) this.#actUnasked(this.#parts.nextStep(key, true))
      else this.#keys.push(key)
      this.#asked = this.#asked.subarray(frame.length)
    }
  }

  #actUnasked({ deed, amount }: Step): void {
    if (deed === 'flood') this.#flood(Buffer.alloc(12), amount)
  }

  #act(frame: Buffer): void {
    if (this.#silent) return
    const key = this.#keys.shift() ?? -1
    const step = this.#parts.nextStep(key, false)
    switch (step.deed) {
      case 'right':
        return this.#deliver(frame, key)
      case 'silent':
        this.#silent = true
        return
      case 'endless header':
        return this.#endlessHeader(frame)
      case 'two gibibytes':
        return this.#say(Buffer.concat([fixed(2 ** 31 - 1, 4), frame.subarray(4)]))
      case 'negative length':
        return this.#say(Buffer.concat([fixed(-1 - step.amount, 4), frame.subarray(4)]))
      case 'endless list':
        return this.#say(endlessList(frame, key))
      case 'empty frame':
        return this.#say(Buffer.concat([fixed(4, 4), frame.subarray(4, 8)]))
      default:
        return this.#actInTime(frame, key, step)
    }
  }

  #actInTime(frame: Buffer, key: number, { deed, amount }: Step): void {
    if (deed === 'byte a second') return this.#trickle(frame, key, 1, 1000)
    if (deed === 'in pieces') return this.#trickle(frame, key, 1 + (amount % 7), amount % 5)
    if (deed === 'late') return this.#deliver(frame, key, (amount % 40) * 100)
    if (deed === 'flood') return this.#flood(frame, amount, key)
    if (deed === 'wrong id') return this.#say(withId(frame, amount + 1))
    if (deed === 'mutated') return this.#mutated(frame, key, amount)
    if (deed === 'http') return this.#say(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
    if (deed === 'tls') return this.#say(Buffer.of(0x15, 3, 3, 0, 2, 2, 40))
    if (deed === 'garbage') return this.#say(new Dice(amount, 'garbage').bytes(1 + (amount % 300)))
    if (deed === 'cut off') this.#say(frame.subarray(0, amount % frame.length))
    this.#later(0, () => this.#stream?.destroy())
  }

  /** A header of as many tagged fields as come, in a frame as long as may be. */
  #endlessHeader(frame: Buffer): void {
    const start = Buffer.concat([fixed(1_000_000, 4), frame.subarray(4, 8), Buffer.from('ffffffff0f', 'hex')])
    this.#say(start)
    for (let piece = 0; piece < endlessPieces; piece++) this.#say(Buffer.alloc(pieceBytes), 10)
  }

  #trickle(frame: Buffer, key: number, size: number, everyMs: number): void {
    for (let at = 0; at < frame.length; at += size) this.#say(frame.subarray(at, at + size), everyMs)
    this.#later(0, () => this.#witness(key))
  }

  /** Answers that nothing asked for. Their ids have been: one that is to come would make an answer of it. */
  #flood(frame: Buffer, amount: number, key = -1): void {
    if (key >= 0) this.#deliver(frame, key)
    for (let ago = amount % floodFrames; ago >= 0; ago--)
      this.#say(withId(frame.length < 8 ? Buffer.alloc(12) : frame, -ago))
  }

  #mutated(frame: Buffer, key: number, amount: number): void {
    if (trustedKeys.has(key)) return this.#deliver(frame, key)
    this.#parts.witness.lies = true
    const dice = new Dice(amount, 'mutated')
    const body = mutate(frame.subarray(8), { dice, others: [], spans: [] })
    this.#deliver(Buffer.concat([fixed(4 + body.length, 4), frame.subarray(4, 8), body]), key)
  }

  #deliver(frame: Buffer, key: number, inMs = 0): void {
    this.#say(frame, inMs)
    this.#later(0, () => this.#witness(key))
  }

  #witness(key: number): void {
    const { answered } = this.#parts.witness
    answered.set(key, (answered.get(key) ?? 0) + 1)
  }

  #say(bytes: Uint8Array, inMs = 0): void {
    // The client may not keep the chunk, so it gets one that is spoilt afterwards. It is told after the witness.
    this.#later(inMs, () => {
      const chunk = Buffer.from(bytes)
      this.#parts.clock.soon(() => {
        if (!this.#closed) this.#events.onData(chunk)
        chunk.fill(0xdb)
      })
    })
  }

  /** In the order of saying, whatever the delays. */
  #later(inMs: number, task: () => void): void {
    const { clock } = this.#parts
    this.#freeMs = Math.max(this.#freeMs, clock.monotonicMs()) + inMs
    if (this.#closed) return
    this.#pending.push(clock.after(this.#freeMs - clock.monotonicMs(), task))
  }
}

function wholeFrame(bytes: Buffer): Buffer | null {
  if (bytes.length < 4) return null
  const end = 4 + bytes.readInt32BE(0)
  return bytes.length < end ? null : bytes.subarray(0, end)
}

const produceKey = 0
const flexibleProduce = 9
const saslHandshakeKey = 17

/** Whether this is a request to Produce with acks 0. */
function isUnanswered(frame: Buffer): boolean {
  if (frame.readInt16BE(4) !== produceKey) return false
  const flexible = frame.readInt16BE(6) >= flexibleProduce
  const body = 14 + Math.max(0, frame.readInt16BE(12)) + (flexible ? 1 : 0)
  // No transactional id: a null string.
  return frame.readInt16BE(body + (flexible ? 1 : 2)) === 0
}

function withId(frame: Buffer, by: number): Buffer {
  const changed = Buffer.from(frame)
  changed.writeInt32BE(frame.length - 4, 0)
  changed.writeInt32BE((frame.readInt32BE(4) + by) | 0, 4)
  return changed
}

/** What stands before the first list of an answer, by API key: Produce, Metadata, SaslHandshake, ApiVersions. */
const beforeList: ReadonlyMap<number, string> = new Map([
  [0, '00'],
  [3, '0000000000'],
  [17, '0000'],
  [18, '0000']
])

/** A list of as many elements as can be said. */
function endlessList(frame: Buffer, key: number): Buffer {
  const count = key === saslHandshakeKey ? '7fffffff' : 'ffffffff07'
  const body = Buffer.concat([frame.subarray(4, 8), Buffer.from((beforeList.get(key) ?? '00') + count, 'hex')])
  return Buffer.concat([fixed(body.length, 4), body])
}
