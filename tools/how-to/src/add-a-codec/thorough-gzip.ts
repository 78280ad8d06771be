// gzip that takes its time: a codec in one function.
import { CompressionError, type CompressionCodec } from '@sluice/core'
import { gunzipSync, gzipSync } from 'node:zlib'

export function thoroughGzip(): CompressionCodec {
  return { id: 1, name: 'gzip', compress: input => gzipSync(input, { level: 9 }), decompress }
}

function decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  try {
    const result: unknown = gunzipSync(input, { maxOutputLength: Math.max(maxBytes, 1), info: true })
    // What zlib gives when asked for `info`.
    const { buffer, engine } = result as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
    if (buffer.length > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    if (engine.bytesWritten < input.length) throw new Error('bytes behind the end')
    return buffer
  } catch (cause) {
    throw new CompressionError(`gzip data of ${input.length} bytes cannot be decompressed`, { cause })
  }
}
