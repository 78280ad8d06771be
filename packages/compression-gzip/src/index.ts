// gzip, by node:zlib.
import { CompressionError, InvalidArgumentError, reasonOf, type CompressionCodec } from '@sluice/core'
import { checkCodecOptions, compressIntoBy, KeptStreams } from '@sluice/compression-parts'
import type { Gzip, ZlibOptions, ZlibReset } from 'node:zlib'

// Loaded when it is first needed: it takes a megabyte, and the producer knows gzip whether it is used or not.
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib')
/** Of zlib: what is written ends a member. */
const Z_FINISH = 4

export interface GzipOptions {
  /** From 0 (none) and 1 (fastest) to 9 (smallest); -1 is zlib's own choice, which is 6. */
  readonly level?: number | undefined
}

/**
 * One gzip member per batch, without a time stamp: the same input always gives the same bytes. Inputs up to 12 KiB are
 * compressed at once, and up to 64 KiB decompressed at once, larger ones on the thread pool.
 *
 * @throws InvalidArgumentError for a level that is not an integer from -1 to 9, and for any other option
 */
export function gzip(options: GzipOptions = {}): CompressionCodec {
  checkCodecOptions('gzip', options, ['level'])
  const { level = -1 } = options
  if (!Number.isInteger(level) || level < -1 || level > 9) {
    throw new InvalidArgumentError(`gzip level must be an integer from -1 to 9, not ${String(level)}`)
  }
  const streams = new KeptStreams(
    // It has `reset`, as every stream of zlib that compresses; its declared type has not.
    () => zlib().createGzip({ level, flush: Z_FINISH, chunkSize: mostChunkBytes }) as Gzip & ZlibReset,
    stream => stream.reset()
  )
  const compress = (input: Uint8Array): Uint8Array =>
    zlib().gzipSync(input, { level, chunkSize: chunkBytes(input.length) })
  const compressInto = compressIntoBy({
    open: () =>
      zlib()
        .createGzip({ level })
        .on('error', () => undefined),
    reference: compress,
    endFlush: Z_FINISH,
    resets: true
  })
  return {
    id: 1,
    name: 'gzip',
    compress: input => (input.length > longestCompressedSync ? compressLater(streams, input) : compress(input)),
    compressInto: (input, output, at) => (input.length > longestCompressedSync ? -1 : compressInto(input, output, at)),
    decompress
  }
}

/** About 400 µs at the usual level. */
const longestCompressedSync = 12_288
/** About a millisecond when it becomes a megabyte. */
const longestExpandedSync = 65_536

// zlib fills chunks of this size; each further chunk is one more trip to the thread pool and one more copy.
const mostChunkBytes = 131_072

function chunkBytes(inputBytes: number): number {
  return Math.min(Math.max(inputBytes, 1024), mostChunkBytes)
}

async function compressLater(streams: KeptStreams<Gzip & ZlibReset>, input: Uint8Array): Promise<Uint8Array> {
  try {
    return await streams.compress(input)
  } catch (cause) {
    throw new CompressionError(`gzip failed on ${input.length} bytes: ${reasonOf(cause)}`, { cause })
  }
}

// With `info` zlib gives this instead of a buffer, which its declared types do not know.
interface Unzipped {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
type BoundedOptions = ZlibOptions & { readonly info: true }

function decompress(input: Uint8Array, maxBytes: number): Uint8Array | Promise<Uint8Array> {
  // zlib takes no limit of 0: `exact` catches the one byte too many.
  const options: BoundedOptions = { maxOutputLength: Math.max(1, maxBytes), chunkSize: 65_536, info: true }
  if (input.length > longestExpandedSync) return decompressLater(input, maxBytes, options)
  try {
    const result: unknown = zlib().gunzipSync(input, options)
    return exact(result as Unzipped, input, maxBytes)
  } catch (error) {
    throw explained(error, input, maxBytes)
  }
}

function decompressLater(input: Uint8Array, maxBytes: number, options: BoundedOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zlib().gunzip(input, options, (error, result: unknown) => {
      try {
        if (error !== null) throw error
        resolve(exact(result as Unzipped, input, maxBytes))
      } catch (cause) {
        reject(explained(cause, input, maxBytes))
      }
    })
  })
}

// zlib stops in silence at the first byte after the last member.
function exact({ buffer, engine }: Unzipped, input: Uint8Array, maxBytes: number): Uint8Array {
  const unread = input.length - engine.bytesWritten
  if (unread > 0) throw new CompressionError(`gzip data of ${input.length} bytes ends ${unread} bytes early`)
  if (buffer.length > maxBytes) throw tooLarge(input, maxBytes)
  return buffer
}

function tooLarge(input: Uint8Array, maxBytes: number, cause?: unknown): CompressionError {
  return new CompressionError(`gzip data of ${input.length} bytes expands to more than ${maxBytes} bytes`, { cause })
}

function explained(error: unknown, input: Uint8Array, maxBytes: number): CompressionError {
  if (error instanceof CompressionError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(input, maxBytes, error)
  return new CompressionError(`gzip data of ${input.length} bytes is corrupt: ${message}`, { cause: error })
}
