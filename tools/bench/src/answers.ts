// What a broker that only answers says: the rules of the null broker, for one in JavaScript and one in the process.
import { Reader } from '@sluice/protocol'
import {
  apiVersionsServer,
  encodeResponse,
  initProducerIdServer,
  metadataServer,
  produceServer,
  readRequestHeader,
  type ServerApi
} from '@sluice/testing/messages'

export interface Tally {
  requests: number
  batches: number
  records: number
}

// As the null broker in C: Produce by topic names.
const versions = new Map([
  [produceServer.key, 12],
  [metadataServer.key, 12],
  [apiVersionsServer.key, 4],
  [initProducerIdServer.key, 5]
])
const known: readonly ServerApi<unknown, never>[] = [
  produceServer,
  metadataServer,
  apiVersionsServer,
  initProducerIdServer
]
// Clients on librdkafka conclude from these what the broker can do.
const others = [
  [1, 12],
  [2, 7],
  [8, 8],
  [9, 8],
  [10, 4],
  [11, 7],
  [12, 4],
  [13, 4],
  [14, 5],
  [15, 5],
  [16, 4],
  [17, 1]
] as const

export class Answerer {
  readonly tally: Tally = { requests: 0, batches: 0, records: 0 }
  readonly #ports: () => readonly number[]
  readonly #partitions: number
  readonly #nextOffsets = new Map<number, bigint>()
  #nextProducerId = 1000n

  /** @param ports of the brokers, asked at each Metadata request; they have the partitions in turn */
  constructor(ports: () => readonly number[], partitions: number) {
    this.#ports = ports
    this.#partitions = partitions
  }

  /** @param frame without its length. @returns the answer with its length; null where none is wanted */
  answer(frame: Uint8Array): Uint8Array | null {
    const reader = new Reader(frame)
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader, key => known.find(api => api.key === key))
    const encode = <R>(api: ServerApi<unknown, R>, response: R, version = apiVersion): Uint8Array =>
      Buffer.concat(encodeResponse(api, version, correlationId, response).segments)
    switch (apiKey) {
      case produceServer.key:
        return this.#produce(reader, apiVersion, encode)
      case metadataServer.key:
        return encode(metadataServer, this.#metadata(reader, apiVersion))
      case apiVersionsServer.key:
        return encode(
          apiVersionsServer,
          { errorCode: apiVersion > 4 ? 35 : 0, apiKeys: advertised },
          apiVersion > 4 ? 0 : apiVersion
        )
      case initProducerIdServer.key:
        return encode(initProducerIdServer, { errorCode: 0, producerId: this.#nextProducerId++, producerEpoch: 0 })
      default:
        throw new Error(`The null broker has no answer to api ${apiKey}`)
    }
  }

  #produce(
    reader: Reader,
    version: number,
    encode: <R>(api: ServerApi<unknown, R>, response: R) => Uint8Array
  ): Uint8Array | null {
    const { acks, topics } = produceServer.readRequest(reader, version)
    this.tally.requests++
    const responses = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) => ({
        index,
        errorCode: 0,
        baseOffset: this.#append(index, records)
      }))
    }))
    return acks === 0 ? null : encode(produceServer, { responses })
  }

  #append(partition: number, records: Uint8Array | null): bigint {
    const offset = this.#nextOffsets.get(partition) ?? 0n
    let count = 0
    const bytes = records === null ? Buffer.alloc(0) : Buffer.from(records.buffer, records.byteOffset, records.length)
    // A batch: 8 bytes of offset, 4 of length, and at 57 how many records it holds.
    for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
      this.tally.batches++
      count += bytes.readInt32BE(at + 57)
    }
    this.tally.records += count
    this.#nextOffsets.set(partition, offset + BigInt(count))
    return offset
  }

  #metadata(reader: Reader, version: number): Parameters<typeof metadataServer.writeResponse>[1] {
    const { topics } = metadataServer.readRequest(reader, version)
    const ports = this.#ports()
    const names = topics === null ? ['bench'] : topics.map(({ name }) => name ?? '')
    return {
      brokers: ports.map((port, index) => ({ nodeId: 1 + index, host: '127.0.0.1', port })),
      clusterId: 'null-broker',
      controllerId: 1,
      topics: names.map(name => ({ errorCode: 0, name, partitions: this.#describePartitions(ports.length) }))
    }
  }

  #describePartitions(brokers: number): {
    errorCode: number
    partitionIndex: number
    leaderId: number
    leaderEpoch: number
    replicaNodes: number[]
    isrNodes: number[]
  }[] {
    return Array.from({ length: this.#partitions }, (_, partitionIndex) => {
      const leaderId = 1 + (partitionIndex % brokers)
      const nodes = [leaderId]
      return { errorCode: 0, partitionIndex, leaderId, leaderEpoch: 0, replicaNodes: nodes, isrNodes: nodes }
    })
  }
}

const advertised = [
  ...[...versions].map(([apiKey, maxVersion]) => ({ apiKey, minVersion: 0, maxVersion })),
  ...others.map(([apiKey, maxVersion]) => ({ apiKey, minVersion: 0, maxVersion }))
]
