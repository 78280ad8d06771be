// `sluice produce`: one message per line, read no faster than the cluster takes them, and the truth about each at the end.
import { isKafkaError, type KafkaError, type RecordOutcome } from '@sluice/core'
import { Producer, type ProducerOptions } from '@sluice/producer'
import type { ProduceArgs } from './args.ts'
import { clusterOptions, construct } from './cluster.ts'
import { codecOf } from './codecs.ts'
import { lineParser, LineSplitter, type Line, type LineParser, type Parsed } from './lines.ts'
import { progressLine, summary, summaryJson } from './progress.ts'
import { Rejects, textOf } from './rejects.ts'
import { exitStatus, UsageError, type ExitStatus, type Shell } from './shell.ts'
import { Tally } from './tally.ts'

/** @throws UsageError when an option cannot be right */
export async function produce(args: ProduceArgs, shell: Shell): Promise<ExitStatus> {
  const tally = new Tally()
  const producer = await createProducer(args, shell, tally)
  try {
    return await new ProduceRun(args, shell, tally, producer).finish()
  } finally {
    await producer.close({ force: true })
  }
}

async function createProducer(args: ProduceArgs, shell: Shell, tally: Tally): Promise<Producer> {
  const options: ProducerOptions = {
    ...clusterOptions(args, shell),
    compression: await codecOf(args.compression, args.compressionLevel),
    acks: args.acks,
    idempotent: args.idempotent,
    autocreateTopics: args.autocreate,
    linger: args.lingerMs,
    batchSize: args.batchBytes,
    maxRequestSize: args.maxRequestBytes,
    bufferMemory: args.bufferBytes,
    deliveryTimeout: args.deliveryTimeoutMs,
    observer: {
      onBatch: ({ bytes, wireBytes }) => {
        tally.batchBytes += bytes
        tally.wireBytes += wireBytes
      }
    }
  }
  return construct(() => new Producer(options))
}

/** How often the line on the terminal moves. */
const progressMs = 100
/** The producer's memory is counted in bytes; what is kept here of a short line is more than its bytes. */
const mostInFlight = 100_000

type Pauser = 'producer' | 'rejects' | 'window'

/** The lines of one call, kept for the rejects, and the bytes of key and value of each. */
interface Sent {
  readonly lines: Line[]
  readonly sizes: number[]
}

class ProduceRun {
  readonly #args: ProduceArgs
  readonly #shell: Shell
  readonly #tally: Tally
  readonly #producer: Producer
  readonly #rejects: Rejects
  readonly #splitter: LineSplitter
  readonly #parse: LineParser
  readonly #headers: readonly (readonly [string, string])[] | undefined
  #bytesRead = 0
  /** Who asked for a pause: reading goes on when nobody does. */
  readonly #pausedBy = new Set<Pauser>()
  #interrupts = 0
  #stopReading: () => void = () => undefined

  constructor(args: ProduceArgs, shell: Shell, tally: Tally, producer: Producer) {
    this.#args = args
    this.#shell = shell
    this.#tally = tally
    this.#producer = producer
    this.#splitter = new LineSplitter(args.maxRequestBytes)
    this.#parse = lineParser(args.format, args.keyField)
    this.#headers = args.headers.length === 0 ? undefined : args.headers
    try {
      this.#rejects = new Rejects(args.rejects, shell)
    } catch (error) {
      throw new UsageError(`--rejects: ${textOf(error)}`, { cause: error })
    }
  }

  async finish(): Promise<ExitStatus> {
    const unreachable = await this.#reach()
    if (unreachable !== null) {
      this.#shell.err(`${this.#args.brokers.join(',')}: ${unreachable.message}\n`)
      await this.#rejects.close()
      return exitStatus.failed
    }
    const startedMs = this.#shell.clock.monotonicMs()
    const forget = this.#shell.onInterrupt(() => this.#interrupt())
    const stopDrawing = this.#draw(startedMs)
    const broken = await this.#readAll()
    await this.#producer.flush()
    await this.#producer.close()
    const elapsedMs = this.#shell.clock.monotonicMs() - startedMs
    stopDrawing()
    forget()
    await this.#rejects.close()
    this.#report(elapsedMs)
    return this.#status(broken)
  }

  async #reach(): Promise<KafkaError | null> {
    try {
      await this.#producer.connect()
      // Asked before anything is read: a topic that is not there would be found missing anew for every chunk of the input.
      await this.#producer.metadata({ topics: [this.#args.topic], autocreateTopics: this.#args.autocreate })
      return null
    } catch (error) {
      if (isKafkaError(error)) return error
      throw error
    }
  }

  /** When the input has ended or an interrupt came; with an error when it could not be read. */
  async #readAll(): Promise<Error | null> {
    const { input } = this.#shell
    this.#producer.on('producer:drain', () => this.#resume('producer'))
    this.#rejects.onRoom(() => this.#resume('rejects'))
    const error = await new Promise<Error | null>(resolve => {
      this.#stopReading = () => resolve(null)
      input.on('data', (chunk: Buffer) => this.#take(chunk))
      input.once('end', () => resolve(null))
      input.once('error', resolve)
    })
    input.pause()
    input.removeAllListeners('data')
    if (this.#interrupts === 0) this.#send(this.#splitter.end())
    if (error !== null) this.#shell.err(`The input could not be read: ${error.message}\n`)
    return error
  }

  #take(chunk: Buffer): void {
    if (this.#interrupts > 0) return
    this.#bytesRead += chunk.length
    this.#send(this.#splitter.push(chunk))
  }

  #send(all: readonly Line[]): void {
    const messages: ReturnType<ProduceRun['message']>[] = []
    const sent: Sent = { lines: [], sizes: [] }
    for (const line of all) {
      this.#tally.lines++
      const parsed = this.#parse(line)
      if (parsed === null) this.#tally.blank++
      else if (typeof parsed === 'string') this.#malformed(line, parsed)
      else {
        messages.push(this.message(parsed))
        sent.lines.push(line)
        sent.sizes.push(parsed.value.length + (parsed.key === null ? 0 : Buffer.byteLength(parsed.key)))
      }
    }
    if (messages.length === 0) return
    this.#tally.inFlight += messages.length
    if (this.#tally.inFlight > mostInFlight) this.#pause('window')
    if (!this.#producer.send({ messages }, error => this.#settle(sent, error))) this.#pause('producer')
  }

  message({ key, value }: Parsed): {
    topic: string
    key: Buffer | string | null
    value: Buffer
    partition: number | undefined
    headers: readonly (readonly [string, string])[] | undefined
  } {
    return { topic: this.#args.topic, key, value, partition: this.#args.partition, headers: this.#headers }
  }

  #malformed(line: Line, what: string): void {
    this.#tally.malformed++
    this.#reject(line, 'not-persisted', what)
  }

  #settle({ lines, sizes }: Sent, error: KafkaError | null): void {
    this.#tally.inFlight -= lines.length
    if (this.#tally.inFlight <= mostInFlight / 2) this.#resume('window')
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
      this.#tally.acknowledged++
      this.#tally.bytes += bytes
    }
  }

  #reject(line: Line | undefined, outcome: RecordOutcome, error: unknown): void {
    if (line === undefined) return
    this.#tally.failed[outcome]++
    if (!this.#rejects.add({ line, outcome, error })) this.#pause('rejects')
  }

  #pause(who: Pauser): void {
    this.#pausedBy.add(who)
    this.#shell.input.pause()
  }

  #resume(who: Pauser): void {
    if (!this.#pausedBy.delete(who)) return
    if (this.#pausedBy.size === 0 && this.#interrupts === 0) this.#shell.input.resume()
  }

  /** The first interrupt ends reading and waits for what is under way; the second gives that up, too. */
  #interrupt(): void {
    this.#interrupts++
    if (this.#interrupts === 1) {
      this.#shell.err('\nInterrupted: waiting for what is in flight. Once more to give it up.\n')
      this.#stopReading()
    } else if (this.#interrupts === 2) void this.#producer.close({ force: true })
  }

  #draw(startedMs: number): () => void {
    const columns = this.#shell.terminalColumns()
    if (columns === null || this.#args.quiet) return () => undefined
    const { clock, inputBytes } = this.#shell
    const draw = (): void => {
      const share = inputBytes === null || inputBytes === 0 ? null : this.#bytesRead / inputBytes
      const line = progressLine(
        this.#tally,
        clock.monotonicMs() - startedMs,
        share,
        this.#shell.terminalColumns() ?? columns
      )
      this.#shell.err(`\r\u001B[K${line}`)
    }
    let timer = clock.after(progressMs, function again() {
      draw()
      timer = clock.after(progressMs, again)
    })
    return () => {
      timer.cancel()
      draw()
      this.#shell.err('\n')
    }
  }

  #report(elapsedMs: number): void {
    const facts = {
      topic: this.#args.topic,
      elapsedMs,
      interrupted: this.#interrupts > 0,
      confirmed: this.#args.acks !== 0,
      rejects: this.#args.rejects
    }
    if (this.#args.json) this.#shell.out(summaryJson(this.#tally, facts))
    else if (!this.#args.quiet) this.#shell.err(summary(this.#tally, facts))
  }

  #status(broken: Error | null): ExitStatus {
    if (this.#rejects.broken !== null) {
      this.#shell.err(`The rejects could not be written: ${this.#rejects.broken.message}\n`)
      return exitStatus.failed
    }
    if (this.#interrupts > 0) return exitStatus.interrupted
    return broken === null && this.#tally.failures === 0 && this.#tally.inFlight === 0
      ? exitStatus.ok
      : exitStatus.failed
  }
}
