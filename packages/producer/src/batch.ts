// One batch: its bytes, whom to tell about its records, and what the partition queue knows of it.
import {
  isKafkaError,
  type CompressionError,
  type DeliveryReport,
  type KafkaError,
  type MaybePromise
} from '@sluice/core'
import {
  BATCH_HEADER_BYTES,
  BatchWriter,
  readBatchHeader,
  stampBatch,
  verifyBatch,
  type BatchMemory
} from '@sluice/protocol'
import { codecFailed, packed, type Packed } from './packing.ts'
import type { Identity, Profile } from './profile.ts'
import type { QueuedBatch, Refusal, Remake } from './queue-state.ts'
import { RecordOwners } from './record-owners.ts'
import type { Moment } from './turn-time.ts'

/**
 * open: takes records · sealed: takes none · compressing: its codec works on another thread · packed: bytes are final but for
 * the header's identity · released: its memory went back
 */
export type BatchPhase = 'open' | 'sealed' | 'compressing' | 'packed' | 'released'

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

  /** Whom to tell. */
  readonly owners: RecordOwners = new RecordOwners()

  sequence = -1
  wireSequence = -1
  identity: Identity | null = null
  inFlight = false
  route = 0
  attempts = 0
  leftMs = 0
  everUncertain = false
  ghostUntilMs = 0
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

  /** The record that was just appended, and has no owner yet, goes to another batch. Legal on a sealed batch that has not been packed. */
  moveLastRecordTo(other: Batch): void {
    this.writer.moveLastRecordTo(other.writer)
    this.#measure()
  }

  /** It goes nowhere. */
  dropLastRecord(): void {
    this.writer.dropLastRecord()
    this.#measure()
  }

  #measure(): void {
    this.#records = this.writer.recordCount
    this.#rawBytes = this.writer.byteLength
  }

  /** No more records. */
  seal(): void {
    if (this.phase !== 'open') return
    this.#measure()
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
    const { codec } = this.profile
    if (codec === null) return this.packRaw()
    const raw = this.writer.buffer.subarray(BATCH_HEADER_BYTES, this.#rawBytes)
    const failed = (cause: unknown): CompressionError => {
      this.phase = 'sealed'
      return codecFailed(codec, this.#rawBytes, cause)
    }
    // While users' code runs nobody may take the bytes away.
    this.phase = 'compressing'
    let result: MaybePromise<Packed | null>
    try {
      result = packed(codec, raw, this.#memory)
    } catch (cause) {
      throw failed(cause)
    }
    if (!(result instanceof Promise)) return this.#keep(result)
    const keep = (later: Packed | null): void => {
      this.#keep(later)
      onPacked(null)
    }
    result.then(keep, cause => onPacked(failed(cause)))
    return false
  }

  /** Leaves a sealed batch uncompressed. */
  packRaw(): true {
    this.#packedBytes = this.#rawBytes
    this.phase = 'packed'
    return true
  }

  #keep(result: Packed | null): true {
    if (result === null) return this.packRaw()
    this.#packed = result.buffer
    this.#packedBytes = result.bytes
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

  /**
   * Tells every record of the batch where it is.
   *
   * Story: an answer is lost, and the batch is sent again. Of a duplicate a broker gives its highest timestamp as the time
   * of its append (seen at 2.4.1 and 4.3.1), whoever gave the timestamps. So that time, the second time, is no append's.
   */
  deliver(topic: string, partition: number, baseOffset: bigint, appendTimeMs: bigint): void {
    const isOurs = this.attempts > 1 && appendTimeMs === BigInt(this.writer.maxTimestamp)
    this.owners.deliver(topic, partition, baseOffset, isOurs ? -1n : appendTimeMs)
  }

  /** Tells every record of the batch that it failed, and which of them are to blame. */
  fail(topic: string, partition: number, shared: KafkaError, blamed: ReadonlyMap<number, KafkaError>): void {
    this.owners.each((operation, index, place) => {
      operation.failed(index, topic, partition, blamed.get(place) ?? shared)
    })
  }
}

/** What an error of a record says besides its cause: how far the record came. */
export function deliveryReport(batch: Batch, nowMs: number): DeliveryReport {
  const { attempts, createdMs, firstError, lastError, brokerId } = batch
  return { attempts, elapsedMs: nowMs - createdMs, firstError, lastError, brokerId }
}
