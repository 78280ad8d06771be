// Makes messages of lines, hands them to the producer, and counts what becomes of each.
import { isKafkaError, type KafkaError, type RecordOutcome } from '@sluice/core'
import type { Producer, ProducerMessage } from '@sluice/producer'
import type { ProduceArgs } from './args.ts'
import type { InputReader } from './input-reader.ts'
import { lineParser, type Line, type LineParser } from './lines.ts'
import type { Rejects } from './rejects.ts'
import type { Tally } from './tally.ts'

/** The producer's memory is counted in bytes; what is kept here of a short line is more than its bytes. */
const mostInFlight = 100_000

/** How much of the input is kept with the lines in it, whatever else is in it: as much as the producer may hold, or this. */
const inputBytesByDefault = 67_108_864

/** The lines of one call, kept for the rejects, the bytes of key and value of each, and those of the input that they are in. */
interface Sent {
  readonly lines: Line[]
  readonly sizes: number[]
  readonly inputBytes: number
}

export interface LineSenderParts {
  readonly args: ProduceArgs
  readonly tally: Tally
  readonly producer: Producer
  readonly rejects: Rejects
  /** Paused while the producer, the rejects, or the lines in flight and the input around them ask for it. */
  readonly reader: InputReader
}

export class LineSender {
  readonly #parts: LineSenderParts
  readonly #parse: LineParser
  readonly #headers: ProduceArgs['headers'] | undefined
  readonly #mostInputBytes: number
  #inputBytes = 0

  constructor(parts: LineSenderParts) {
    this.#parts = parts
    const { headers, format, keyField, bufferBytes } = parts.args
    this.#mostInputBytes = bufferBytes ?? inputBytesByDefault
    this.#parse = lineParser(format, keyField)
    this.#headers = headers.length === 0 ? undefined : headers
    parts.producer.on('producer:drain', () => parts.reader.resume('producer'))
    parts.rejects.onRoom(() => parts.reader.resume('rejects'))
  }

  /** @param inputBytes of the chunk that these lines are in: it is kept as long as one of them */
  send(lines: readonly Line[], inputBytes: number): void {
    const { tally, producer, reader } = this.#parts
    const messages: ProducerMessage[] = []
    const sent: Sent = { lines: [], sizes: [], inputBytes }
    for (const line of lines) this.#add(line, messages, sent)
    if (messages.length === 0) return
    tally.inFlight += messages.length
    if (tally.inFlight > mostInFlight) reader.pause('lines in flight')
    this.#inputBytes += inputBytes
    if (this.#inputBytes > this.#mostInputBytes) reader.pause('input in flight')
    if (!producer.send({ messages }, error => this.#settle(sent, error))) reader.pause('producer')
  }

  #add(line: Line, messages: ProducerMessage[], sent: Sent): void {
    const { tally, args } = this.#parts
    tally.lines++
    const parsed = this.#parse(line)
    if (parsed === null) {
      tally.blank++
    } else if (typeof parsed === 'string') {
      tally.malformed++
      this.#keep(line, 'not-persisted', parsed)
    } else {
      const { key, value } = parsed
      messages.push({ topic: args.topic, key, value, partition: args.partition, headers: this.#headers })
      sent.lines.push(line)
      sent.sizes.push(value.length + (key === null ? 0 : Buffer.byteLength(key)))
    }
  }

  #settle({ lines, sizes, inputBytes }: Sent, error: KafkaError | null): void {
    const { tally, reader } = this.#parts
    tally.inFlight -= lines.length
    if (tally.inFlight <= mostInFlight / 2) reader.resume('lines in flight')
    this.#inputBytes -= inputBytes
    if (this.#inputBytes <= this.#mostInputBytes / 2) reader.resume('input in flight')
    const failed = new Set<number>()
    if (isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) {
      for (const { index, outcome, error: cause } of error.failures) {
        failed.add(index)
        this.#reject(lines[index], outcome, cause)
      }
    } else if (error !== null) {
      for (const line of lines) this.#reject(line, error.outcome ?? 'unknown', error)
      return
    }
    for (const [index, bytes] of sizes.entries()) {
      if (failed.has(index)) continue
      tally.acknowledged++
      tally.bytes += bytes
    }
  }

  #reject(line: Line | undefined, outcome: RecordOutcome, error: unknown): void {
    if (line === undefined) return
    this.#parts.tally.failed[outcome]++
    this.#keep(line, outcome, error)
  }

  #keep(line: Line, outcome: RecordOutcome, error: unknown): void {
    const { rejects, reader } = this.#parts
    if (!rejects.add({ line, outcome, error })) reader.pause('rejects')
  }
}
