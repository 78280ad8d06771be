// Everything that crossed the wire: requests as the client handed them over, as they arrived, and how they were answered.
import type { ClientEar } from '../world/client-sockets.ts'
import type { ServerEar } from '../world/tapped-network.ts'
import type { Attempt } from './attempt.ts'
import { ByteReader, UnreadableError } from './byte-reader.ts'
import { fateOf } from './evidence.ts'
import { Frames } from './frames.ts'
import {
  produceKey,
  readProduce,
  readProduceAnswer,
  readRequestHead,
  readThrottle,
  type AnsweredPart,
  type ProducedPart
} from './messages.ts'
import { numberOf } from './naming.ts'

interface Exchange {
  readonly api: number
  readonly version: number
  readonly correlationId: number
  readonly attempts: readonly Attempt[]
  readonly topics: readonly string[]
}

interface Connection {
  readonly id: number
  readonly host: string
  readonly requests: Frames
  readonly answers: Frames
  readonly arrivals: Frames
  /** As they were handed over; compared when they arrive. */
  readonly sent: Buffer[]
  unanswered: Exchange[]
  /** An answer could not be read: what comes after it is not looked at. */
  spoilt: boolean
  ended: boolean
  silentUntilMs: number
}

export interface RequestNote {
  readonly atMs: number
  readonly host: string
  readonly api: number
  readonly version: number
  readonly bytes: number
}

export interface LedgerWatcher {
  /** Before the attempt is added to those known. */
  onAttempt(attempt: Attempt, batch: ProducedPart, together: readonly ProducedPart[]): void
  onFate(attempt: Attempt): void
}

const unacknowledged = 0
/** SaslHandshake and SaslAuthenticate. */
const saslKeys: ReadonlySet<number> = new Set([17, 36])

export class Ledger implements ClientEar, ServerEar {
  readonly attempts: Attempt[] = []
  readonly requests: RequestNote[] = []
  readonly connectionsOpened: { readonly atMs: number; readonly host: string }[] = []
  /** Requests that could not be read, or arrived otherwise than they were handed over. */
  readonly damage: string[] = []
  /** Numbers of records that were handed over at least once. */
  readonly handedOver: Set<number> = new Set()
  comparedFrames = 0
  authentications = 0
  /** Requests inside a handshake, and handshakes among requests. */
  readonly interleaved: RequestNote[] = []
  /** Answers that asked for silence, and requests that were made all the same. */
  silences = 0
  readonly disturbances: { readonly atMs: number; readonly untilMs: number }[] = []
  readonly #nowMs: () => number
  readonly #connections = new Map<number, Connection>()
  /** Of each topic, the log that was meant last. */
  readonly #logsMeant = new Map<string, string>()
  readonly #nameOf: (topic: string) => { readonly name: string; readonly log: string }
  readonly #watcher: LedgerWatcher
  readonly #trustsOffset: boolean

  /** @param trustsOffset see {@link fateOf} */
  constructor(
    nowMs: () => number,
    nameOf: (topic: string) => { readonly name: string; readonly log: string },
    watcher: LedgerWatcher,
    trustsOffset: boolean
  ) {
    this.#nowMs = nowMs
    this.#nameOf = nameOf
    this.#watcher = watcher
    this.#trustsOffset = trustsOffset
  }

  opened(id: number, host: string): void {
    this.connectionsOpened.push({ atMs: this.#nowMs(), host })
    this.#connections.set(id, {
      id,
      host,
      requests: new Frames(),
      answers: new Frames(),
      arrivals: new Frames(),
      sent: [],
      unanswered: [],
      spoilt: false,
      ended: false,
      silentUntilMs: 0
    })
  }

  written(id: number, segments: readonly Uint8Array[]): void {
    const connection = this.#connections.get(id)!
    for (const segment of segments) {
      for (const frame of connection.requests.push(segment)) this.#request(connection, Buffer.from(frame))
    }
  }

  #request(connection: Connection, frame: Buffer): void {
    connection.sent.push(frame)
    const reader = new ByteReader(frame)
    const { api, version, correlationId } = readRequestHead(reader)
    const atMs = this.#nowMs()
    if (atMs < connection.silentUntilMs) this.disturbances.push({ atMs, untilMs: connection.silentUntilMs })
    const note = { atMs, host: connection.host, api, version, bytes: frame.length }
    this.requests.push(note)
    this.#auditAuthentication(connection, note)
    if (api !== produceKey) {
      connection.unanswered.push({ api, version, correlationId, attempts: [], topics: [] })
      return
    }
    try {
      const { acks, parts } = readProduce(reader, version)
      const attempts = parts.map(part => this.#attempt(connection, part, { acks, version, atMs }))
      for (const [place, attempt] of attempts.entries()) this.#note(attempt, parts[place]!, parts)
      const topics = parts.map(part => part.topic)
      if (acks !== unacknowledged) connection.unanswered.push({ api, version, correlationId, attempts, topics })
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      this.damage.push(`A Produce request to ${connection.host} cannot be read: ${error.message}`)
    }
  }

  /** A handshake has its connection for itself. */
  #auditAuthentication(connection: Connection, note: RequestNote): void {
    const { api } = note
    const isSasl = saslKeys.has(api)
    if (isSasl) this.authentications++
    const open = connection.unanswered.map(exchange => exchange.api)
    const isMixed = isSasl ? open.length > 0 : open.some(each => saslKeys.has(each))
    if (isMixed) this.interleaved.push(note)
  }

  #attempt(
    connection: Connection,
    part: ProducedPart,
    request: { readonly acks: number; readonly version: number; readonly atMs: number }
  ): Attempt {
    const found = this.#nameOf(part.topic)
    const { name } = found
    // Who names a topic by its name cannot tell one of that name from another: it means the one that it meant before.
    const log = part.topic === name ? (this.#logsMeant.get(name) ?? found.log) : found.log
    this.#logsMeant.set(name, log)
    const { producerId, epoch, sequence, count, crc, codec, records } = part.batch
    return {
      connection: connection.id,
      host: connection.host,
      atMs: request.atMs,
      order: this.attempts.length,
      log: `${log}-${part.partition}`,
      topic: name,
      partition: part.partition,
      acks: request.acks,
      version: request.version,
      producerId,
      epoch,
      sequence,
      count,
      crc,
      codec,
      records: records.map(record => numberOf(record.value, record.key)),
      fate: request.acks === unacknowledged ? 'uncertain' : 'flying',
      errorCode: 0,
      baseOffset: -1,
      fateMs: request.atMs
    }
  }

  #note(attempt: Attempt, part: ProducedPart, together: readonly ProducedPart[]): void {
    this.#watcher.onAttempt(attempt, part, together)
    this.attempts.push(attempt)
    for (const record of attempt.records) this.handedOver.add(record)
  }

  arrived(id: number, bytes: Uint8Array): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    for (const frame of connection.arrivals.push(bytes)) {
      this.comparedFrames++
      const sent = connection.sent.shift()
      if (sent === undefined || !sent.equals(frame)) {
        this.damage.push(
          `A request of ${frame.length} bytes arrived at ${connection.host} otherwise than it was handed over`
        )
      }
    }
  }

  read(id: number, bytes: Uint8Array): void {
    const connection = this.#connections.get(id)!
    if (connection.spoilt) return
    try {
      for (const frame of connection.answers.push(bytes)) this.#answer(connection, frame)
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      connection.spoilt = true
    }
  }

  #answer(connection: Connection, frame: Uint8Array): void {
    const exchange = connection.unanswered[0]
    if (exchange === undefined || connection.spoilt) return
    if (new ByteReader(frame).int32() !== exchange.correlationId) throw new UnreadableError('Another answer was due')
    this.#silence(connection, this.#take(exchange, frame))
    connection.unanswered.shift()
  }

  /** @returns for how long the answer asks for silence */
  #take(exchange: Exchange, frame: Uint8Array): number {
    const reader = new ByteReader(frame)
    if (exchange.api !== produceKey) return readThrottle(reader, exchange.api, exchange.version)
    const { parts, throttleMs } = readProduceAnswer(reader, exchange.version)
    this.#judge(exchange, parts)
    return throttleMs
  }

  #silence(connection: Connection, throttleMs: number): void {
    if (throttleMs <= 0) return
    this.silences++
    connection.silentUntilMs = Math.max(connection.silentUntilMs, this.#nowMs() + throttleMs)
  }

  #judge(exchange: Exchange, parts: readonly AnsweredPart[]): void {
    const keys = exchange.attempts.map((attempt, place) => `${exchange.topics[place]} ${attempt.partition}`)
    const answered = new Map(parts.map(part => [`${part.topic} ${part.partition}`, part]))
    if (answered.size < parts.length || parts.some(part => !keys.includes(`${part.topic} ${part.partition}`)))
      throw new UnreadableError('Partitions that were not asked for')
    for (const [place, attempt] of exchange.attempts.entries()) {
      const part = answered.get(keys[place]!)
      if (part === undefined) this.#settle(attempt, -1, -1)
      else this.#settle(attempt, part.errorCode, part.baseOffset)
    }
  }

  #settle(attempt: Attempt, errorCode: number, baseOffset: number): void {
    attempt.fate = fateOf(errorCode, baseOffset, attempt.acks, this.#trustsOffset)
    attempt.errorCode = errorCode
    attempt.baseOffset = baseOffset
    attempt.fateMs = this.#nowMs()
    this.#watcher.onFate(attempt)
  }

  ended(id: number): void {
    const connection = this.#connections.get(id)!
    if (connection.ended) return
    connection.ended = true
    for (const { attempts } of connection.unanswered) {
      for (const attempt of attempts) {
        attempt.fate = 'uncertain'
        attempt.errorCode = NaN
        attempt.fateMs = this.#nowMs()
        this.#watcher.onFate(attempt)
      }
    }
    connection.unanswered = []
  }
}
