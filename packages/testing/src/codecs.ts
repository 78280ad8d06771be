// The compression codecs that the cluster can read: gzip, and those it was given.
import { CompressionError, type CompressionCodec, type MaybePromise } from '@sluice/core'
import { gunzipSync, gzipSync } from 'node:zlib'

const packages: readonly (string | undefined)[] = [
  undefined,
  'gzip',
  '@sluice/compression-snappy',
  '@sluice/compression-lz4',
  '@sluice/compression-zstd'
]

const gzip: CompressionCodec = {
  id: 1,
  name: 'gzip',
  compress: input => gzipSync(input),
  decompress: (input, maxBytes) => gunzipSync(input, { maxOutputLength: maxBytes })
}

export class Codecs {
  readonly #byId = new Map<number, CompressionCodec>([[gzip.id, gzip]])

  constructor(codecs: readonly CompressionCodec[]) {
    for (const codec of codecs) this.#byId.set(codec.id, codec)
  }

  has(id: number): boolean {
    return id === 0 || this.#byId.has(id)
  }

  /** @throws CompressionError when there is no codec of this id */
  decompress(id: number, input: Uint8Array, maxBytes: number): MaybePromise<Uint8Array> {
    if (id === 0) return input
    const codec = this.#byId.get(id)
    if (codec !== undefined) return codec.decompress(input, maxBytes)
    const wanted = packages[id]
    throw new CompressionError(
      wanted === undefined
        ? `Codec ${id} means nothing`
        : `A batch is compressed with codec ${id}: install ${wanted} and pass it to the cluster in codecs`
    )
  }
}
