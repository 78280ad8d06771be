// Asks one broker what it knows: a Metadata request of version 4, written by hand so that nothing under test is trusted.
import { connect } from 'node:net'

export interface ClusterView {
  /** Brokers that are alive, by id, ascending. */
  readonly brokers: readonly number[]
  /** -1: none known. */
  readonly controller: number
  /** The topic that was asked about; null if none was, or the broker does not know it. */
  readonly topic: readonly PartitionView[] | null
}

/** By partition, ascending. */
export interface PartitionView {
  /** -1: none. */
  readonly leader: number
  readonly replicas: readonly number[]
}

/** @returns null when nobody answers properly within the limit */
export function askBroker(port: number, topic: string | null = null, limitMs = 1000): Promise<ClusterView | null> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    let received = Buffer.alloc(0)
    const finish = (view: ClusterView | null): void => {
      socket.destroy()
      resolve(view)
    }
    socket.setTimeout(limitMs, () => finish(null))
    socket.on('error', () => finish(null))
    socket.on('close', () => finish(null))
    socket.on('connect', () => socket.write(metadataRequest(topic)))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) finish(readView(received))
    })
  })
}

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff])
const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value)])
const string = (text: string): Buffer => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])

/** Length; api key 3, version 4, correlation id, client id; topics, and whether to create them (version 4 can say no). */
function metadataRequest(topic: string | null): Buffer {
  const header = [int16(3), int16(4), int32(1), string('probe')]
  const topics = topic === null ? [int32(0)] : [int32(1), string(topic)]
  const body = Buffer.concat([...header, ...topics, Buffer.from([0])])
  return Buffer.concat([int32(body.length), body])
}

/**
 * | bytes | what |
 * |---|---|
 * | 4, 4, 4 | length, correlation id, throttle time |
 * | array: 4, string, 4, nullable string | brokers: id, host, port, rack |
 * | nullable string, 4 | cluster id, controller id |
 * | array: 2, string, 1, array | topics: error, name, whether internal, partitions |
 * | of them: 2, 4, 4, array of 4, array of 4 | error, partition, leader, replicas, in-sync replicas |
 */
export function readView(frame: Buffer): ClusterView | null {
  let at = 12
  const number = (bytes: 1 | 2 | 4): number => {
    at += bytes
    return frame.readIntBE(at - bytes, bytes)
  }
  const skipString = (): void => {
    const length = number(2)
    at += Math.max(0, length)
  }
  const list = <T>(read: () => T): T[] => {
    const items: T[] = []
    for (let left = number(4); left > 0; left--) items.push(read())
    return items
  }
  const broker = (): number => {
    const id = number(4)
    skipString()
    number(4)
    skipString()
    return id
  }
  const partition = (): [number, PartitionView] => {
    number(2)
    const index = number(4)
    const view = { leader: number(4), replicas: list(() => number(4)) }
    list(() => number(4))
    return [index, view]
  }
  const topic = (): PartitionView[] | null => {
    const known = number(2) === 0
    skipString()
    number(1)
    const partitions = list(partition).toSorted(([a], [b]) => a - b)
    return known ? partitions.map(([, view]) => view) : null
  }
  try {
    const brokers = list(broker).toSorted((a, b) => a - b)
    skipString()
    return { brokers, controller: number(4), topic: list(topic)[0] ?? null }
  } catch {
    // It ends too early, or is no such answer at all.
    return null
  }
}
