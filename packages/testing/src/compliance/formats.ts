// What a compressed batch must look like from outside, by codec id, for every Kafka reader to take it.
import { claim, claimEqual } from './claims.ts'

type Check = (bytes: Uint8Array) => void

const xerialHeader = '82534e41505059000000000100000001'

function hex(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('hex')
}

function gzip(bytes: Uint8Array): void {
  claimEqual(hex(bytes, 0, 3), '1f8b08', 'The start of gzip data')
}

function fromHex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

/** A xerial stream, or a bare block: the latter has no mark, only its size. */
function snappy(bytes: Uint8Array): void {
  if (hex(bytes, 0, 8) !== xerialHeader.slice(0, 16)) return
  claimEqual(hex(bytes, 0, 16), xerialHeader, 'The header of a xerial stream')
  let at = 16
  while (at + 4 <= bytes.length) at += 4 + Buffer.from(bytes.subarray(at, at + 4)).readUInt32BE()
  claimEqual(at, bytes.length, 'The end of the blocks of a xerial stream')
}

function lz4(bytes: Uint8Array): void {
  claimEqual(hex(bytes, 0, 4), '04224d18', 'The start of an LZ4 frame')
  const flags = bytes[4]!
  claimEqual(flags >>> 6, 1, 'The version of an LZ4 frame')
  claim((flags & 0x20) !== 0, 'The blocks of an LZ4 frame depend on each other: Kafka refuses that')
  claim((flags & 0x01) === 0, 'An LZ4 frame wants a dictionary: Kafka has none')
}

function zstd(bytes: Uint8Array): void {
  claimEqual(hex(bytes, 0, 4), '28b52ffd', 'The start of a Zstandard frame')
  const descriptor = bytes[4]!
  claim((descriptor & 0x03) === 0, 'A Zstandard frame wants a dictionary: Kafka has none')
  if ((descriptor & 0x20) !== 0) return
  const exponent = 10 + (bytes[5]! >>> 3)
  const windowBytes = 2 ** exponent + (2 ** exponent / 8) * (bytes[5]! & 7)
  claim(
    windowBytes <= 2 ** 23,
    `A Zstandard frame wants a window of ${windowBytes} bytes: not every reader gives more than 8 MiB`
  )
}

export const formatChecks: Readonly<Record<number, Check>> = { 1: gzip, 2: snappy, 3: lz4, 4: zstd }

/** By codec id: a byte or little more that claims to be half a gigabyte, wherever the format says a size. */
export const claimingMuch: Readonly<Record<number, readonly Uint8Array[]>> = {
  1: [fromHex('1f8b0800000000000003cb48cdc9c9070086a6103600000020')],
  2: [fromHex('80808080020061'), fromHex(`${xerialHeader}0000000780808080020061`)],
  3: [fromHex('04224d1868400000002000000000d7010000806100000000')],
  4: [fromHex('28b52ffd80680000002009000061'), fromHex('28b52ffda00000002009000061')]
}

/** Whether nothing in the format can tell that data that ends here goes on: a xerial stream has no mark at its end. */
export function looksWhole(id: number, bytes: Uint8Array, end: number): boolean {
  if (id !== 2 || end < 16 || hex(bytes, 0, 8) !== xerialHeader.slice(0, 16)) return false
  let at = 16
  while (at < end) at += 4 + Buffer.from(bytes.subarray(at, at + 4)).readUInt32BE()
  return at === end
}
