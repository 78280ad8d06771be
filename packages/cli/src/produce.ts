// `sluice produce`: one message per line, read no faster than the cluster takes them, and the truth about each at the end.
import { isKafkaError, reasonOf, type KafkaError } from '@sluice/core'
import { Producer, type ProducerOptions } from '@sluice/producer'
import type { ProduceArgs } from './args.ts'
import { clientOptions, construct } from './cluster.ts'
import { codecOf } from './codecs.ts'
import { toldInFlags } from './flags.ts'
import { InputReader } from './input-reader.ts'
import { LineSender } from './line-sender.ts'
import { LineSplitter } from './lines.ts'
import { progressLine, summary, summaryJson } from './progress.ts'
import { Rejects } from './rejects.ts'
import { exitStatus, UsageError, type ExitStatus, type Shell } from './shell.ts'
import { Tally } from './tally.ts'
import { startTerminalLine } from './terminal-line.ts'

/** A terminal interrupts everybody in it, and npm and npx pass on what they are told: so soon it is the same interrupt. */
const echoMs = 500

/** @throws UsageError when an option cannot be right */
export async function produce(args: ProduceArgs, shell: Shell): Promise<ExitStatus> {
  const tally = new Tally()
  const producer = await createProducer(args, shell, tally)
  try {
    return await new ProduceRun(args, shell, tally, producer).run()
  } finally {
    await producer.close({ force: true })
  }
}

async function createProducer(args: ProduceArgs, shell: Shell, tally: Tally): Promise<Producer> {
  const options: ProducerOptions = {
    ...clientOptions(args, shell),
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

class ProduceRun {
  readonly #args: ProduceArgs
  readonly #shell: Shell
  readonly #tally: Tally
  readonly #producer: Producer
  readonly #rejects: Rejects
  readonly #reader: InputReader
  #interrupts = 0
  #interruptedMs = -Infinity

  constructor(args: ProduceArgs, shell: Shell, tally: Tally, producer: Producer) {
    this.#args = args
    this.#shell = shell
    this.#tally = tally
    this.#producer = producer
    this.#reader = new InputReader(shell.input)
    try {
      this.#rejects = new Rejects(args.rejects, shell)
    } catch (error) {
      throw new UsageError(`--rejects: ${reasonOf(error)}`, { cause: error })
    }
  }

  async run(): Promise<ExitStatus> {
    const unreachable = await this.#reach()
    if (unreachable !== null) {
      this.#shell.err(`${this.#args.brokers.join(',')}: ${toldInFlags(unreachable)}\n`)
      await this.#rejects.close()
      return exitStatus.failed
    }
    const startedMs = this.#shell.clock.monotonicMs()
    const forget = this.#shell.onInterrupt(() => this.#interrupt())
    const stopDrawing = this.#args.quiet ? null : this.#draw(startedMs)
    const broken = await this.#sendAll()
    await this.#producer.flush()
    await this.#producer.close()
    const elapsedMs = this.#shell.clock.monotonicMs() - startedMs
    stopDrawing?.()
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

  async #sendAll(): Promise<Error | null> {
    const splitter = new LineSplitter(this.#args.maxRequestBytes)
    const sender = new LineSender({
      args: this.#args,
      tally: this.#tally,
      producer: this.#producer,
      rejects: this.#rejects,
      reader: this.#reader
    })
    const error = await this.#reader.read(chunk => sender.send(splitter.push(chunk), chunk.length))
    // What an interrupt or an error cut off is not a line.
    if (error === null && !this.#reader.stopped) sender.send(splitter.end(), 0)
    if (error !== null) this.#shell.err(`The input could not be read: ${error.message}\n`)
    return error
  }

  /** The first interrupt ends reading and waits for what is under way; the second gives that up, too. */
  #interrupt(): void {
    const nowMs = this.#shell.clock.monotonicMs()
    if (nowMs - this.#interruptedMs < echoMs) return
    this.#interruptedMs = nowMs
    this.#interrupts++
    if (this.#interrupts === 1) {
      this.#shell.err('\nInterrupted: waiting for what is in flight. Once more to give it up.\n')
      this.#reader.stop()
    } else if (this.#interrupts === 2) void this.#producer.close({ force: true })
  }

  #draw(startedMs: number): () => void {
    const { clock, inputBytes } = this.#shell
    return startTerminalLine(this.#shell, columns => {
      const share = inputBytes === null || inputBytes === 0 ? null : this.#reader.bytesRead / inputBytes
      return progressLine(this.#tally, clock.monotonicMs() - startedMs, share, columns)
    })
  }

  #report(elapsedMs: number): void {
    const { topic, acks, rejects, json, quiet } = this.#args
    const facts = { topic, elapsedMs, interrupted: this.#interrupts > 0, confirmed: acks !== 0, rejects }
    if (json) this.#shell.out(summaryJson(this.#tally, facts))
    else if (!quiet) this.#shell.err(summary(this.#tally, facts))
  }

  #status(broken: Error | null): ExitStatus {
    if (this.#rejects.broken !== null) {
      this.#shell.err(`The rejects could not be written: ${this.#rejects.broken.message}\n`)
      return exitStatus.failed
    }
    if (this.#interrupts > 0) return exitStatus.interrupted
    const { failures, inFlight } = this.#tally
    return broken === null && failures === 0 && inFlight === 0 ? exitStatus.ok : exitStatus.failed
  }
}
