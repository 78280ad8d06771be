// A client of a few lines for the cluster's own tests: sends any request and tells what came back.
import type { ByteStream, StreamEvents, Transport } from '@sluice/core'
import {
  BatchWriter,
  decodeResponse,
  encodeRequest,
  FrameDecoder,
  produceApi,
  readCorrelationId,
  stampBatch,
  type Api,
  type ProduceResponse,
  type ProduceResponsePartition
} from '@sluice/protocol'

/** A question and, once it is there, its answer. */
export interface Pending<Response> {
  response?: Response
}

interface Waiting {
  readonly correlationId: number
  readonly take: (frame: Uint8Array) => void
}

export class RawClient implements StreamEvents {
  readonly story: string[] = []
  readonly stream: ByteStream
  readonly frames: Buffer[] = []
  readonly #decoder = new FrameDecoder(104_857_600)
  readonly #waiting: Waiting[] = []
  #correlationId = 0

  constructor(transport: Transport, address: { readonly host: string; readonly port: number }) {
    this.stream = transport.connect(address, this)
  }

  get closed(): boolean {
    return this.story.at(-1)?.startsWith('close') ?? false
  }

  ask<Request, Response>(api: Api<Request, Response>, version: number, request: Request): Pending<Response> {
    const correlationId = this.#correlationId++
    const pending: Pending<Response> = {}
    const take = (frame: Uint8Array): void => {
      try {
        pending.response = decodeResponse(api, version, frame)
      } catch (error) {
        this.story.push(`unreadable: ${String(error)}`)
      }
    }
    this.#waiting.push({ correlationId, take })
    this.stream.write(encodeRequest(api, version, correlationId, 'raw', request).segments, () => {})
    return pending
  }

  onOpen(): void {
    this.story.push('open')
  }

  onData(chunk: Uint8Array): void {
    this.#decoder.push(chunk, frame => {
      this.frames.push(Buffer.from(frame))
      const next = this.#waiting.shift()
      if (next?.correlationId === readCorrelationId(frame)) next.take(frame)
      else this.story.push(`unexpected answer ${readCorrelationId(frame)}`)
    })
  }

  onDrain(): void {}

  onClose(cause: Error | null): void {
    this.story.push(cause === null ? 'close' : `close ${cause.message}`)
  }
}

export interface BatchOptions {
  readonly values?: readonly (string | null)[]
  readonly key?: string | null
  readonly timestamp?: number
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly sequence?: number
  readonly transactional?: boolean
}

export function makeBatch(options: BatchOptions = {}): Buffer {
  const { values = ['value'], key = null, timestamp = 1_700_000_000_000 } = options
  const writer = new BatchWriter({ take: bytes => Buffer.alloc(bytes), give: () => {} }, 1024)
  for (const value of values) {
    writer.beginRecord(timestamp)
    writer.part(key)
    writer.part(value)
    writer.headerCount(0)
    writer.endRecord()
  }
  stampBatch(writer.buffer, writer.byteLength, {
    codecId: 0,
    recordCount: values.length,
    baseTimestamp: timestamp,
    maxTimestamp: timestamp,
    producerId: options.producerId ?? -1n,
    producerEpoch: options.producerEpoch ?? (options.producerId === undefined ? -1 : 0),
    baseSequence: options.sequence ?? (options.producerId === undefined ? -1 : 0),
    transactional: options.transactional ?? false
  })
  return writer.buffer.subarray(0, writer.byteLength)
}

export interface ProduceOptions {
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly acks?: number
  readonly version?: number
}

export function askProduce(
  client: RawClient,
  records: Uint8Array | null,
  options: ProduceOptions = {}
): Pending<ProduceResponse> {
  const { topic = 'orders', topicId = '', partition = 0, acks = -1, version = 12 } = options
  const place = topicId === '' ? { name: topic } : { topicId }
  return client.ask(produceApi, version, {
    acks,
    timeoutMs: 1000,
    topics: [{ ...place, partitions: [{ index: partition, records }] }]
  })
}

/** The only partition of an answer to Produce. */
export function onlyPartition(pending: Pending<ProduceResponse>): ProduceResponsePartition {
  const partition = pending.response?.responses[0]?.partitions[0]
  if (partition === undefined) throw new Error('There is no answer')
  return partition
}
