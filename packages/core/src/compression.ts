// What a compression codec is.
import type { MaybePromise } from './callback.ts'

/** The low three bits of a batch's attributes: 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
export type CompressionCodecId = 1 | 2 | 3 | 4

export interface CompressionCodec {
  readonly id: CompressionCodecId
  /** The name that the `compression` option may use, such as `gzip`. */
  readonly name: string
  /**
   * The result is kept for retries and must stay untouched. Sync for small inputs; a promise to use another thread. `input` stays
   * as it is until then, and must not be kept longer. May be called again before an earlier promise settles.
   */
  compress(input: Uint8Array): MaybePromise<Uint8Array>
  /**
   * Throws rather than produce more than `maxBytes`: a hostile batch can claim gigabytes. The result is no part of `input`, which
   * must not be kept either.
   */
  decompress(input: Uint8Array, maxBytes: number): MaybePromise<Uint8Array>
  /**
   * Optional, sync: writes into `output` from `at`. Bytes written, or -1 if they do not fit, or if the input is one for which
   * another thread shall be used; a codec that never writes here leaves it out. What lies behind, to the end of `output`, may be
   * used meanwhile.
   */
  compressInto?(input: Uint8Array, output: Uint8Array, at: number): number
  /**
   * Optional: the same on another thread, asked in place of `compress` after `compressInto` has given -1. Bytes written, or -1 if
   * they do not fit. Until it settles `input` stays as it is, and so does what `output` gives: memory that is taken when it is
   * first asked for, so when there is something to write.
   */
  compressIntoLater?(input: Uint8Array, output: () => Uint8Array, at: number): Promise<number>
}
