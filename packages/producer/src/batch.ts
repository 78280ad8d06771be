// One batch: its bytes, whom to tell about its records, and what the partition queue knows of it.
import {
  CompressionError,
  isKafkaError,
  reasonOf,
  type CompressionCodec,
  type DeliveryReport,
  type KafkaError
} from '@sluice/core'
import {
  BATCH_HEADER_BYTES,
  BatchWriter,
  readBatchHeader,
  stampBatch,
  verifyBatch,
  type BatchMemory
} from '@sluice/protocol'
import { offsetBehind } from './offset.ts'
import type { Identity, Profile } from './profile.ts'
import type { QueuedBatch, Refusal, Remake } from './queue-state.ts'
import type { SendOperation } from './send-operation.ts'
import type { Moment } from './turn-time.ts'

/**
 * open: takes records · sealed: takes none · compressing: its codec works on another thread · packed: bytes are final but for
 * the header's identity · released: its memory went back
 */
export type BatchPhase = 'open' | 'sealed' | 'compressing' | 'packed' | 'released'

const noOperations: SendOperation[] = []
const noPlaces: number[] = []
const noIdentity: Identity = { producerId: -1n, producerEpoch: -1 }

export class Batch implements QueuedBatch {
  readonly profile: Profile
  readonly createdMs: number
  deadlineMs: number
  /** When the call was made that its last record is of: others of that moment have the same deadline. */
  startedAt: Moment | null = null
  phase: BatchPhase = 'open'
  readonly writer: BatchWriter
  readonly #memory: BatchMemory
  /** What leaves: header and records as they are on the wire. */
  #packed: Buffer | null = null
  #packedBytes = 0
  #compressed = false
  /** Requests that still refer to the bytes. */
  #holds = 0
  #rawBytes = 0
  #records = 0

  // Whom to tell: consecutive records of one call form a group. Group i is the records from starts[i] to before starts[i + 1].
  operations: SendOperation[] = noOperations
  starts: number[] = noPlaces
  /** Each record's place in its call. */
  indexes: number[] = noPlaces

  sequence = -1
  wireSequence = -1
  identity: Identity | null = null
  inFlight = false
  route = 0
  attempts = 0
  everUncertain = false
  lastUncertainMs = 0
  givenUp = false
  cappedAnswers = 0
  refused: Refusal | null = null
  remake: Remake | null = null
  firstError: KafkaError | null = null
  lastError: KafkaError | null = null
  brokerId: number | null = null
  /** Of the leader that the last attempt went to; -1 if that is not known. */
  leaderEpoch = -1
  /** Its records have their outcomes. */
  done = false

  constructor(memory: BatchMemory, initialBytes: number, profile: Profile, createdMs: number, deadlineMs: number) {
    this.#memory = memory
    this.profile = profile
    this.createdMs = createdMs
    this.deadlineMs = deadlineMs
    this.writer = new BatchWriter(memory, initialBytes)
  }

  get recordCount(): number {
    return this.phase === 'open' ? this.writer.recordCount : this.#records
  }

  /** Uncompressed size, header included. */
  get rawBytes(): number {
    return this.phase === 'open' ? this.writer.byteLength : this.#rawBytes
  }

  /** Size on the wire; known once packed. */
  get wireBytes(): number {
    return this.#packedBytes
  }

  get compressed(): boolean {
    return this.#compressed
  }

  /** Notes whose record was just appended. */
  // hot: bench
  add(operation: SendOperation, index: number): boolean {
    const groups = this.operations.length
    // Made of one element each, for many batches have no other: what grows takes room for 17 at once.
    if (groups === 0) {
      this.operations = [operation]
      this.starts = [0]
      this.indexes = [index]
      return true
    }
    const isNewGroup = this.operations[groups - 1] !== operation
    if (isNewGroup) {
      this.operations.push(operation)
      this.starts.push(this.indexes.length)
    }
    this.indexes.push(index)
    return isNewGroup
  }

  /** The record that was just appended, and not added, goes to another batch. Legal on a sealed batch that has not been packed. */
  moveLastRecordTo(other: Batch): void {
    this.writer.moveLastRecordTo(other.writer)
    this.#records = this.writer.recordCount
    this.#rawBytes = this.writer.byteLength
  }

  /** No more records. */
  seal(): void {
    if (this.phase !== 'open') return
    this.#records = this.writer.recordCount
    this.#rawBytes = this.writer.byteLength
    this.phase = 'sealed'
  }

  /**
   * Compresses a sealed batch.
   *
   * @param onPacked called later, and only if the codec works on another thread
   * @returns whether the batch is packed now
   * @throws CompressionError
   */
  pack(onPacked: (error: KafkaError | null) => void): boolean {
    const codec = this.profile.codec
    if (codec === null) return this.packRaw()
    const raw = this.writer.buffer.subarray(BATCH_HEADER_BYTES, this.#rawBytes)
    // While users' code runs nobody may take the bytes away.
    this.phase = 'compressing'
    try {
      if (codec.compressInto !== undefined && this.#packInto(codec.compressInto.bind(codec), raw)) return true
      if (codec.compressIntoLater !== undefined) {
        this.#packIntoLater(codec.compressIntoLater.bind(codec), raw, onPacked)
        return false
      }
      const result: unknown = codec.compress(raw)
      if (result instanceof Uint8Array) return this.#packCompressed(result)
      if (!isThenable(result)) throw new TypeError(`compress gave ${typeof result}, not a Uint8Array`)
      this.#packLater(result, onPacked)
      return false
    } catch (cause) {
      this.phase = 'sealed'
      throw this.#codecFailed(cause)
    }
  }

  /** @returns false if what the codec makes of it does not fit */
  #packInto(compressInto: NonNullable<CompressionCodec['compressInto']>, raw: Uint8Array): boolean {
    const output = this.#memory.take(this.#rawBytes)
    try {
      return this.#keepIfSmaller(output, compressInto(raw, output, BATCH_HEADER_BYTES))
    } finally {
      if (this.#packed !== output) this.#memory.give(output)
    }
  }

  /** @returns whether it is packed now */
  #keepIfSmaller(output: Buffer | null, written: unknown): boolean {
    if (isBetween(written, -Infinity, -1)) return false
    if (output === null || !isBetween(written, 1, output.byteLength - BATCH_HEADER_BYTES))
      throw new TypeError(`compressInto gave ${String(written)}, not how many bytes it wrote`)
    const wireBytes = BATCH_HEADER_BYTES + written
    return wireBytes < this.#rawBytes ? this.#keep(output, wireBytes) : this.packRaw()
  }

  #packIntoLater(
    compressInto: NonNullable<CompressionCodec['compressIntoLater']>,
    raw: Uint8Array,
    onPacked: (error: KafkaError | null) => void
  ): void {
    let output: Buffer | null = null
    let isOver = false
    // Taken when there is something to write: what waits for a thread shall not hold memory twice.
    const take = (): Buffer => {
      if (isOver) throw new TypeError('output was asked for after the promise had settled')
      return (output ??= this.#memory.take(this.#rawBytes))
    }
    const work = async (): Promise<void> => {
      try {
        const written: unknown = await compressInto(raw, take, BATCH_HEADER_BYTES)
        if (!this.#keepIfSmaller(output, written)) this.packRaw()
      } finally {
        isOver = true
        if (output !== null && this.#packed !== output) this.#memory.give(output)
      }
    }
    this.#settleLater(work(), onPacked)
  }

  #packLater(result: PromiseLike<unknown>, onPacked: (error: KafkaError | null) => void): void {
    const pack = (bytes: unknown): void => {
      if (!(bytes instanceof Uint8Array)) throw new TypeError(`compress resolved to ${typeof bytes}, not a Uint8Array`)
      this.#packCompressed(bytes)
    }
    this.#settleLater(result.then(pack), onPacked)
  }

  #settleLater(packed: PromiseLike<void>, onPacked: (error: KafkaError | null) => void): void {
    const fail = (cause: unknown): void => {
      this.phase = 'sealed'
      onPacked(this.#codecFailed(cause))
    }
    packed.then(() => onPacked(null), fail)
  }

  #codecFailed(cause: unknown): CompressionError {
    const reason = reasonOf(cause)
    return new CompressionError(
      `The ${this.profile.codec!.name} codec failed on a batch of ${this.#rawBytes} bytes: ${reason}`,
      {
        cause,
        outcome: 'not-persisted'
      }
    )
  }

  /** Leaves a sealed batch uncompressed. */
  packRaw(): true {
    this.#packedBytes = this.#rawBytes
    this.phase = 'packed'
    return true
  }

  #packCompressed(bytes: Uint8Array): boolean {
    const wireBytes = BATCH_HEADER_BYTES + bytes.byteLength
    if (wireBytes >= this.#rawBytes) return this.packRaw()
    const output = this.#memory.take(wireBytes)
    output.set(bytes, BATCH_HEADER_BYTES)
    return this.#keep(output, wireBytes)
  }

  #keep(packed: Buffer, bytes: number): boolean {
    this.#packed = packed
    this.#packedBytes = bytes
    this.#compressed = true
    this.writer.release()
    this.phase = 'packed'
    return true
  }

  /** Writes identity, sequence and checksum; the bytes are frozen until it is called again. */
  stamp(): void {
    const identity = this.identity ?? noIdentity
    stampBatch(this.#buffer, this.#packedBytes, {
      codecId: this.#compressed ? this.profile.codec!.id : 0,
      recordCount: this.#records,
      baseTimestamp: this.writer.baseTimestamp,
      maxTimestamp: this.writer.maxTimestamp,
      producerId: identity.producerId,
      producerEpoch: identity.producerEpoch,
      baseSequence: this.identity === null ? -1 : this.wireSequence,
      transactional: false
    })
  }

  /** What is wrong with the bytes since they were stamped; null if nothing. */
  damage(): KafkaError | null {
    const { bytes } = this
    try {
      verifyBatch({ header: readBatchHeader(bytes, 0), bytes })
      return null
    } catch (error) {
      if (isKafkaError(error)) return error
      throw error
    }
  }

  get #buffer(): Buffer {
    return this.#packed ?? this.writer.buffer
  }

  /** Header and records. Valid while the batch is held. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#packedBytes)
  }

  /** The records behind the header: compressed, if the batch was. */
  get packedRecords(): Uint8Array {
    const bytes = this.phase === 'open' || this.phase === 'sealed' ? this.rawBytes : this.#packedBytes
    return this.#buffer.subarray(BATCH_HEADER_BYTES, bytes)
  }

  hold(): void {
    this.#holds++
  }

  /** A request has let go of the bytes. */
  letGo(): void {
    this.#holds--
  }

  get held(): boolean {
    return this.#holds > 0 || this.phase === 'compressing'
  }

  /** Gives the memory back; nobody may refer to the bytes any more. */
  release(): void {
    if (this.phase === 'released') return
    this.phase = 'released'
    this.writer.release()
    if (this.#packed !== null) this.#memory.give(this.#packed)
    this.#packed = null
  }

  /** Gives the memory back, if its records have their outcomes and nobody refers to the bytes. */
  releaseIfDone(): void {
    if (this.done && !this.held) this.release()
  }

  /** Each record's call, its place in the call, and its place in the batch. */
  eachRecord(visit: (operation: SendOperation, index: number, place: number) => void): void {
    const { operations, starts, indexes } = this
    for (let group = 0; group < operations.length; group++) {
      const to = group + 1 < starts.length ? starts[group + 1]! : indexes.length
      for (let place = starts[group]!; place < to; place++) visit(operations[group]!, indexes[place]!, place)
    }
  }

  /** Tells every record of the batch where it is. */
  deliver(topic: string, partition: number, baseOffset: bigint, appendTimeMs: bigint): void {
    const { operations, starts, indexes } = this
    let offset = baseOffset
    for (let group = 0; group < operations.length; group++) {
      const from = starts[group]!
      const to = group + 1 < starts.length ? starts[group + 1]! : indexes.length
      if (group > 0) offset = offsetBehind(offset, from - starts[group - 1]!)
      operations[group]!.delivered(topic, partition, indexes, from, to, offset, appendTimeMs)
    }
  }

  /** Tells every record of the batch that it failed, and which of them are to blame. */
  fail(topic: string, partition: number, shared: KafkaError, blamed: ReadonlyMap<number, KafkaError>): void {
    this.eachRecord((operation, index, place) => {
      operation.failed(index, topic, partition, blamed.get(place) ?? shared)
    })
  }
}

const isBetween = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

/** What an error of a record says besides its cause: how far the record came. */
export function deliveryReport(batch: Batch, nowMs: number): DeliveryReport {
  const { attempts, createdMs, firstError, lastError, brokerId } = batch
  return { attempts, elapsedMs: nowMs - createdMs, firstError, lastError, brokerId }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
