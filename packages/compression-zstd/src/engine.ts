// What does the work: node:zlib where it knows Zstandard, else a package.
import type { CompressInto } from '@sluice/compression-parts'
import type { Frame } from './frame.ts'

/** One frame in, one frame out; which of the two forms is used must not show in the bytes of the next call. */
export interface Engine {
  /** Where it gains something; -1 if the output has no room. */
  readonly compressInto?: CompressInto | undefined
  compress(input: Uint8Array): Uint8Array
  compressLater(input: Uint8Array): Promise<Uint8Array>
  /** At most a small multiple of `maxBytes` may be allocated; more output than `maxBytes` may be refused with any error. */
  expand(frame: Frame, maxBytes: number): Uint8Array
}
