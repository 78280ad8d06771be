// A compressor kept from one batch to the next: to set one up takes longer than to compress a small batch.
// oxlint-disable no-underscore-dangle -- the names are Node's own
import { constants, createGzip, gzipSync, type ZlibOptions } from 'node:zlib'

/** Writes into `output` from `at`; the number of bytes, or -1 if they do not fit. */
export type CompressInto = (input: Uint8Array, output: Uint8Array, at: number) => number

/** What every zlib stream of Node has inside, and does not promise to have. */
interface KeptStream {
  /** Null once the stream is destroyed, as by an error. */
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number
    ): void
    reset(): void
  } | null
  /** After a write: how much of the output, and of the input, is left. */
  readonly _writeState: Uint32Array
}

/** Null where the insides of a zlib stream are not as expected, or do not give what `gzipSync` gives. */
export function keptGzip(level: number, open: (options: ZlibOptions) => unknown = openGzip): CompressInto | null {
  try {
    const stream = open({ level })
    // Checked by what it does.
    const compressInto = compressorOf(stream as KeptStream)
    return agrees(compressInto, level) ? compressInto : null
  } catch {
    return null
  }
}

function openGzip(options: ZlibOptions): unknown {
  return createGzip(options).on('error', () => undefined)
}

function compressorOf(stream: KeptStream): CompressInto {
  const left = stream._writeState
  return (input, output, at) => {
    const room = output.length - at
    if (room <= 0 || stream._handle === null) return -1
    stream._handle.writeSync(constants.Z_FINISH, input, 0, input.length, output, at, room)
    const [outputLeft, inputLeft] = left
    stream._handle?.reset()
    // A full output may have had more to come.
    return outputLeft === undefined || outputLeft === 0 || inputLeft !== 0 ? -1 : room - outputLeft
  }
}

/** Twice, and after a failure: what was before must not show. */
function agrees(compressInto: CompressInto, level: number): boolean {
  const input = Buffer.from('{"order":1,"item":"umbrella"}'.repeat(20))
  const expected = gzipSync(input, { level })
  const output = Buffer.alloc(expected.length + 10)
  for (let turn = 0; turn < 2; turn++) {
    if (compressInto(input, output, 5) !== expected.length) return false
    if (!output.subarray(5, 5 + expected.length).equals(expected)) return false
    if (compressInto(input, output.subarray(0, 20), 0) !== -1) return false
  }
  return true
}
