// What went through relays as a capture file, such as Wireshark reads: each chunk a TCP segment of an IPv4 packet.
// https://www.ietf.org/archive/id/draft-gharris-opsawg-pcap-01.html

const rawIp = 101
const longestSegment = 60_000
export const brokerPort = 9092
const firstClientPort = 20_000
const tcp = 6
const push = 0x18

type Side = 'client' | 'server'

export class Capture {
  readonly #packets: Buffer[] = []
  #count = 0
  readonly #ports = new Map<string, number>()
  /** By connection: what each side has sent so far, modulo 2^32. */
  readonly #sent = new Map<string, Record<Side, number>>()

  /** @param connection distinguishes connections */
  add(connection: string, from: Side, chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += longestSegment) {
      this.#addSegment(connection, from, chunk.subarray(at, at + longestSegment))
    }
  }

  /** The file. */
  bytes(): Buffer {
    const head = Buffer.alloc(24)
    head.writeUInt32LE(0xa1b2c3d4, 0)
    head.writeUInt16LE(2, 4)
    head.writeUInt16LE(4, 6)
    head.writeUInt32LE(65_535, 16)
    head.writeUInt32LE(rawIp, 20)
    return Buffer.concat([head, ...this.#packets])
  }

  #addSegment(connection: string, from: Side, payload: Buffer): void {
    const port = this.#portOf(connection)
    const sent = this.#sent.get(connection) ?? { client: 1, server: 1 }
    this.#sent.set(connection, sent)
    const other = from === 'client' ? 'server' : 'client'
    const packet = Buffer.alloc(16 + 40)
    const total = 40 + payload.length
    // Microseconds: so that the order is the order of time.
    packet.writeUInt32LE(1 + Math.floor(this.#count / 1e6), 0)
    packet.writeUInt32LE(this.#count++ % 1e6, 4)
    packet.writeUInt32LE(total, 8)
    packet.writeUInt32LE(total, 12)
    packet.writeUInt16BE(0x4500, 16)
    packet.writeUInt16BE(total, 18)
    packet.writeUInt16BE((64 << 8) | tcp, 24)
    packet.writeUInt32BE(from === 'client' ? 0x7f000001 : 0x7f000002, 28)
    packet.writeUInt32BE(from === 'client' ? 0x7f000002 : 0x7f000001, 32)
    packet.writeUInt16BE(from === 'client' ? port : brokerPort, 36)
    packet.writeUInt16BE(from === 'client' ? brokerPort : port, 38)
    packet.writeUInt32BE(sent[from], 40)
    packet.writeUInt32BE(sent[other], 44)
    packet.writeUInt16BE(0x5000 | push, 48)
    packet.writeUInt16BE(0xffff, 50)
    sent[from] = (sent[from] + payload.length) >>> 0
    this.#packets.push(packet, payload)
  }

  #portOf(connection: string): number {
    const known = this.#ports.get(connection)
    if (known !== undefined) return known
    const port = firstClientPort + this.#ports.size
    this.#ports.set(connection, port)
    return port
  }
}
