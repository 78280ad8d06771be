// What is asked of the oracle and what it answers, typed.
import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'

export interface TopicOptions {
  readonly partitions?: number | undefined
  readonly replicationFactor?: number | undefined
  readonly config?: Readonly<Record<string, string>> | undefined
  /** By partition the brokers that hold it, the preferred leader first; instead of the two numbers. */
  readonly assignment?: readonly (readonly number[])[] | undefined
}

export interface TopicDescription {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly {
    readonly partition: number
    /** -1: none. */
    readonly leader: number
    readonly replicas: readonly number[]
    readonly inSync: readonly number[]
  }[]
}

export interface ClusterDescription {
  readonly clusterId: string
  readonly controller: number
  readonly brokers: readonly number[]
}

export interface ReadOptions {
  /** Default: all. */
  readonly partition?: number | undefined
  /** First offset in every partition. */
  readonly from?: number | undefined
  /** Default: read_uncommitted. */
  readonly isolation?: 'read_committed' | 'read_uncommitted' | undefined
  /** Milliseconds; default 60,000. */
  readonly limitMs?: number | undefined
}

export interface ReadRecord {
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970. */
  readonly timestamp: bigint
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly leaderEpoch: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [string, Buffer | null])[]
}

export interface TopicSummary {
  readonly count: number
  /** One for each partition that was read, ascending. */
  readonly partitions: readonly {
    readonly partition: number
    readonly count: number
    readonly startOffset: number
    readonly endOffset: number
    /** Of the records seen; -1 without any. */
    readonly firstOffset: number
    readonly lastOffset: number
    /** As `TopicChecksum` computes it. */
    readonly checksum: string
  }[]
}

export interface RecordToProduce {
  readonly key?: Uint8Array | string | null | undefined
  readonly value: Uint8Array | string | null
  readonly partition?: number | undefined
  readonly timestamp?: number | undefined
  readonly headers?: readonly (readonly [string, Uint8Array | string | null])[] | undefined
}

export interface ProducedRecord {
  readonly partition: number
  readonly offset: number
}

/** Key, value and headers as they were meant to be written. */
export type RecordContent = Pick<RecordToProduce, 'key' | 'value' | 'headers'>

/**
 * The checksum of one partition's records, in order, to compare with a summary's.
 *
 * SHA-256 over, for each record: the key, the value, the number of headers (int32), then each header's name and value. Byte strings
 * are preceded by their length (int32); null is the length -1 alone. All big-endian.
 */
export class TopicChecksum {
  readonly #hash: Hash = createHash('sha256')

  add(record: RecordContent): void {
    this.#bytes(record.key ?? null)
    this.#bytes(record.value)
    const headers = record.headers ?? []
    this.#number(headers.length)
    for (const [name, value] of headers) {
      this.#bytes(name)
      this.#bytes(value)
    }
  }

  /** Lower case hexadecimal. Ends the checksum. */
  digest(): string {
    return this.#hash.digest('hex')
  }

  #bytes(value: Uint8Array | string | null): void {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
    this.#number(bytes === null ? -1 : bytes.length)
    if (bytes !== null) this.#hash.update(bytes)
  }

  #number(value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    this.#hash.update(bytes)
  }
}

interface HexRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: ReadRecord['timestampType']
  readonly leaderEpoch: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

export function toReadRecord(item: unknown): ReadRecord {
  // Written by ItemPrinter in KafkaOracle.java.
  const record = item as HexRecord
  return {
    ...record,
    offset: BigInt(record.offset),
    timestamp: BigInt(record.timestamp),
    key: fromHex(record.key),
    value: fromHex(record.value),
    headers: record.headers.map(([name, value]) => [name, fromHex(value)] as const)
  }
}

export function toHexRecord(record: RecordToProduce): Readonly<Record<string, unknown>> {
  const { key, value, partition, timestamp, headers = [] } = record
  return {
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
    key: toHex(key ?? null),
    value: toHex(value),
    headers: headers.map(([name, bytes]) => [name, toHex(bytes)])
  }
}

const fromHex = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'hex'))

function toHex(bytes: Uint8Array | string | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}
