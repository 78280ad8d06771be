// A compressor kept from one batch to the next: to set one up takes longer than to compress a small batch.
// oxlint-disable no-underscore-dangle -- the names are Node's own

/** Writes into `output` from `at`; the number of bytes, or -1 if they do not fit. */
export type CompressInto = (input: Uint8Array, output: Uint8Array, at: number) => number

/** What every zlib stream of Node has inside, and does not promise to have. */
export interface KeptStream {
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
    reset?(): void
  } | null
  /** After a write: how much of the output, and of the input, is left. */
  readonly _writeState: Uint32Array
}

export interface KeptParts {
  /** Makes a zlib stream with its level set. */
  readonly open: () => unknown
  /** What the same level gives through the public function. */
  readonly reference: (input: Uint8Array) => Uint8Array
  /** The flush that ends a frame. */
  readonly endFlush: number
  /**
   * Whether a reset makes it ready for the next frame, and keeps its level. Else the next one must begin by itself after a whole
   * frame, and after one that was broken off another stream is made.
   */
  readonly resets: boolean
}

/** Made when it is first needed. Where a stream cannot be kept, each frame is made by the public function, and copied. */
export function compressIntoBy(parts: KeptParts): CompressInto {
  let made: CompressInto | null = null
  return (input, output, at) => {
    made ??= keptCompressor(parts) ?? throughCopy(parts.reference)
    return made(input, output, at)
  }
}

function throughCopy(compress: KeptParts['reference']): CompressInto {
  return (input, output, at) => {
    const bytes = compress(input)
    if (bytes.length > output.length - at) return -1
    output.set(bytes, at)
    return bytes.length
  }
}

/** Null where the insides of a zlib stream are not as expected, or do not give what the public function gives. */
export function keptCompressor(parts: KeptParts): CompressInto | null {
  try {
    const compressInto = compressorOf(parts)
    return agrees(compressInto, parts.reference) ? compressInto : null
  } catch {
    return null
  }
}

function compressorOf({ open: openAny, endFlush, resets }: KeptParts): CompressInto {
  // Checked by what it does.
  const open = (): KeptStream => openAny() as KeptStream
  let stream = open()
  return (input, output, at) => {
    const room = output.length - at
    if (room <= 0) return -1
    if (stream._handle === null) stream = open()
    stream._handle!.writeSync(endFlush, input, 0, input.length, output, at, room)
    const [outputLeft, inputLeft] = stream._writeState
    // A stream that fails is without its handle at once, and what it says of the rest is of the frame before.
    const whole = stream._handle !== null && outputLeft !== undefined && outputLeft > 0 && inputLeft === 0
    if (resets) stream._handle?.reset!()
    else if (!whole) stream = open()
    return whole ? room - outputLeft : -1
  }
}

/** Twice, and after a failure: what was before must not show. */
function agrees(compressInto: CompressInto, reference: KeptParts['reference']): boolean {
  const input = Buffer.from('{"order":1,"item":"umbrella"}'.repeat(20))
  const expected = reference(input)
  const output = Buffer.alloc(expected.length + 10)
  for (let turn = 0; turn < 2; turn++) {
    if (compressInto(input, output, 5) !== expected.length) return false
    if (!output.subarray(5, 5 + expected.length).equals(expected)) return false
    if (compressInto(input, output.subarray(0, 12), 0) !== -1) return false
  }
  return true
}
