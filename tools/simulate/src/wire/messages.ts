// Decodes Produce, versions 7 to 13, both ways, and the headers of every request.
import { ByteReader, UnreadableError } from './byte-reader.ts'
import { decodeBatch, type DecodedBatch } from './record-batch.ts'

export interface RequestHead {
  readonly api: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

export interface ProducedPart {
  /** Its name or, from version 13 on, its id. */
  readonly topic: string
  readonly partition: number
  readonly batch: DecodedBatch
}

export interface DecodedProduce {
  readonly acks: number
  readonly timeoutMs: number
  readonly parts: readonly ProducedPart[]
}

export interface AnsweredPart {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
}

export const produceKey = 0
export const metadataKey = 3
export const apiVersionsKey = 18
export const initProducerIdKey = 22
const flexibleFrom = 9
const topicIdsFrom = 13

export function readRequestHead(reader: ByteReader): RequestHead {
  return { api: reader.int16(), version: reader.int16(), correlationId: reader.int32(), clientId: reader.string() }
}

/** What stands behind the head of a Produce request. */
export function readProduce(reader: ByteReader, version: number): DecodedProduce {
  const flexible = version >= flexibleFrom
  if (flexible) reader.tags()
  if ((flexible ? reader.compactString() : reader.string()) !== null) throw new UnreadableError('A transactional id')
  const acks = reader.int16()
  const timeoutMs = reader.int32()
  const parts: ProducedPart[] = []
  const topics = count(reader, flexible)
  for (let i = 0; i < topics; i++) {
    const topic = topicOf(reader, version)
    const partitions = count(reader, flexible)
    for (let j = 0; j < partitions; j++) {
      const partition = reader.int32()
      const length = flexible ? reader.uvarint() - 1 : reader.int32()
      const batch = decodeBatch(reader.bytes(length))
      if (flexible) reader.tags()
      parts.push({ topic, partition, batch })
    }
    if (flexible) reader.tags()
  }
  if (flexible) reader.tags()
  if (reader.left > 0) throw new UnreadableError(`${reader.left} bytes behind the request`)
  return { acks, timeoutMs, parts }
}

/**
 * Milliseconds of silence that the answer asks for, where the client has to see to it (KIP-219). Produce has it at its end, and
 * gives it with its parts.
 */
export function readThrottle(reader: ByteReader, api: number, version: number): number {
  const first = api === metadataKey ? { asked: 6, flexible: 9 } : { asked: 1, flexible: 2 }
  if ((api !== metadataKey && api !== initProducerIdKey) || version < first.asked) return 0
  reader.int32()
  if (version >= first.flexible) reader.tags()
  return reader.int32()
}

/** A response without its length, correlation id included. */
export function readProduceAnswer(
  reader: ByteReader,
  version: number
): { readonly parts: readonly AnsweredPart[]; readonly throttleMs: number } {
  const flexible = version >= flexibleFrom
  reader.int32()
  if (flexible) reader.tags()
  const parts: AnsweredPart[] = []
  const topics = count(reader, flexible)
  for (let i = 0; i < topics; i++) {
    const topic = topicOf(reader, version)
    const partitions = count(reader, flexible)
    for (let j = 0; j < partitions; j++) parts.push(readPart(reader, version, topic))
    if (flexible) reader.tags()
  }
  const throttleMs = reader.int32()
  if (flexible) reader.tags()
  // Bytes behind it are no harm: the client, as Java's, does not look at them.
  return { parts, throttleMs }
}

function readPart(reader: ByteReader, version: number, topic: string): AnsweredPart {
  const flexible = version >= flexibleFrom
  const partition = reader.int32()
  const errorCode = reader.int16()
  const baseOffset = Number(reader.int64())
  reader.int64()
  reader.int64()
  if (version >= 8) {
    const errors = count(reader, flexible)
    for (let i = 0; i < errors; i++) {
      reader.int32()
      if (flexible) reader.compactString()
      else reader.string()
      if (flexible) reader.tags()
    }
    if (flexible) reader.compactString()
    else reader.string()
  }
  if (flexible) reader.tags()
  return { topic, partition, errorCode, baseOffset }
}

function topicOf(reader: ByteReader, version: number): string {
  if (version >= topicIdsFrom) return reader.uuid()
  const name = version >= flexibleFrom ? reader.compactString() : reader.string()
  if (name === null) throw new UnreadableError('A topic without a name')
  return name
}

function count(reader: ByteReader, flexible: boolean): number {
  const number = flexible ? reader.uvarint() - 1 : reader.int32()
  if (number > reader.left) throw new UnreadableError(`${number} items in ${reader.left} bytes`)
  return Math.max(0, number)
}
