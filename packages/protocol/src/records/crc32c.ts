// CRC-32C (Castagnoli), the checksum of a record batch: in WebAssembly where the runtime has it, else sixteen bytes a step.
import { crc32cInputAt, crc32cKernel } from './crc32c-kernel.ts'

/** The reflected polynomial 0x1EDC6F41. */
const POLYNOMIAL = 0x82f6_3b78
const SLICES = 16
/** Bytes from which copying them into the module and calling it takes less time than not to. */
const WORTH_THE_CALL = 192

/** Table k, from entry 256 k, is the effect of a byte that k bytes follow. Constant once made. */
const tables = makeTables()

/** How the module looks up, and how it may without relaxed vectors: as many bytes, and the same result for its indices. */
const RELAXED_LOOK_UP = [0xfd, 0x80, 0x02] as const
const LOOK_UP = [0xfd, 0x8e, 0x00] as const

const kernel = makeKernel()

/** @returns the checksum of the bytes from `start` to before `end`, unsigned */
// hot: bench/records.mjs
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  return kernel === null || end - start < WORTH_THE_CALL ? crc32cInScript(bytes, start, end) : kernel(bytes, start, end)
}

/** The same without WebAssembly. */
export function crc32cInScript(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let at = start
  for (; end - at >= SLICES; at += SLICES) crc = sixteenBytes(crc, bytes, at)
  for (; at < end; at++) crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

function sixteenBytes(crc: number, bytes: Uint8Array, at: number): number {
  return (
    (tables[0xf00 | ((bytes[at] as number) ^ (crc & 0xff))] as number) ^
    (tables[0xe00 | ((bytes[at + 1] as number) ^ ((crc >>> 8) & 0xff))] as number) ^
    (tables[0xd00 | ((bytes[at + 2] as number) ^ ((crc >>> 16) & 0xff))] as number) ^
    (tables[0xc00 | ((bytes[at + 3] as number) ^ (crc >>> 24))] as number) ^
    (tables[0xb00 | (bytes[at + 4] as number)] as number) ^
    (tables[0xa00 | (bytes[at + 5] as number)] as number) ^
    (tables[0x900 | (bytes[at + 6] as number)] as number) ^
    (tables[0x800 | (bytes[at + 7] as number)] as number) ^
    (tables[0x700 | (bytes[at + 8] as number)] as number) ^
    (tables[0x600 | (bytes[at + 9] as number)] as number) ^
    (tables[0x500 | (bytes[at + 10] as number)] as number) ^
    (tables[0x400 | (bytes[at + 11] as number)] as number) ^
    (tables[0x300 | (bytes[at + 12] as number)] as number) ^
    (tables[0x200 | (bytes[at + 13] as number)] as number) ^
    (tables[0x100 | (bytes[at + 14] as number)] as number) ^
    (tables[bytes[at + 15] as number] as number)
  )
}

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  for (let at = 256; at < made.length; at++) {
    const shorter = made[at - 256] as number
    made[at] = (made[shorter & 0xff] as number) ^ (shorter >>> 8)
  }
  return made
}

type Checksum = (bytes: Uint8Array, start: number, end: number) => number

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly update: (crc: number, at: number, end: number) => number
}

/** As much of `WebAssembly` as is used here: not every runtime has it. */
interface WebAssemblyRuntime {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: KernelExports }
}

/** Null where a runtime has no WebAssembly or forbids it, or the processor has none of its vectors. */
function makeKernel(): Checksum | null {
  const relaxed = Buffer.from(crc32cKernel, 'base64')
  return checksumBy(relaxed) ?? checksumBy(withoutRelaxedVectors(relaxed))
}

/** The same module for runtimes without relaxed vectors, as Node 20. */
export function withoutRelaxedVectors(module: Buffer): Buffer {
  const plain = Buffer.from(module)
  const wanted = Buffer.from(RELAXED_LOOK_UP)
  for (let at = plain.indexOf(wanted); at !== -1; at = plain.indexOf(wanted, at)) plain.set(LOOK_UP, at)
  return plain
}

/**
 * The module's one page of memory holds tables and, behind them, the piece of input under way: copying it there costs a
 * tenth of the checksum. Null where the runtime does not take the module.
 */
export function checksumBy(module: Uint8Array): Checksum | null {
  const runtime = (globalThis as { readonly WebAssembly?: WebAssemblyRuntime }).WebAssembly
  if (runtime === undefined) return null
  let kernelExports: KernelExports
  try {
    kernelExports = new runtime.Instance(new runtime.Module(module)).exports
  } catch {
    return null
  }
  const { memory, update } = kernelExports
  new Int32Array(memory.buffer).set(tables)
  const input = new Uint8Array(memory.buffer, crc32cInputAt)
  return (bytes, start, end) => {
    let crc = -1
    for (let at = start; at < end; at += input.length) {
      const piece = Math.min(end - at, input.length)
      input.set(new Uint8Array(bytes.buffer, bytes.byteOffset + at, piece))
      crc = update(crc, crc32cInputAt, crc32cInputAt + piece)
    }
    return ~crc >>> 0
  }
}
