// Asks a broker who is in its cluster: one Metadata request of version 1, written by hand so that nothing under test is trusted.
import { connect } from 'node:net'

export interface ClusterView {
  /** Brokers that are alive, by id, ascending. */
  readonly brokers: readonly number[]
  /** -1: none known. */
  readonly controller: number
}

/** length 19, Metadata (3) version 1, correlation id 1, client id "probe", no topics. */
const request = Buffer.from('0000001300030001000000010005' + Buffer.from('probe').toString('hex') + '00000000', 'hex')

/** @returns null when nobody answers properly within the limit */
export function askBroker(port: number, limitMs = 1000): Promise<ClusterView | null> {
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
    socket.on('connect', () => socket.write(request))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) finish(readView(received))
    })
  })
}

/**
 * | bytes | what |
 * |---|---|
 * | 4, 4 | length, correlation id |
 * | 4 | number of brokers |
 * | 4, string, 4, nullable string | of each: id, host, port, rack |
 * | 4 | controller id |
 */
export function readView(frame: Buffer): ClusterView | null {
  try {
    let at = 8
    const brokers: number[] = []
    const skipString = (): void => {
      at += 2 + Math.max(0, frame.readInt16BE(at))
    }
    const count = frame.readInt32BE(at)
    at += 4
    for (let index = 0; index < count; index++) {
      brokers.push(frame.readInt32BE(at))
      at += 4
      skipString()
      at += 4
      skipString()
    }
    return { brokers: brokers.toSorted((a, b) => a - b), controller: frame.readInt32BE(at) }
  } catch {
    return null
  }
}
