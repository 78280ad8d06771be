// Zstandard by node:zlib, which has it from Node 22.15 on.
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { compressIntoBy, KeptStreams } from '@sluice/compression-parts'
import type { Engine } from './engine.ts'

// The declared types are those of the oldest Node supported, which has none of this.
interface ZstdOptions {
  readonly params?: Readonly<Record<number, number>>
  readonly pledgedSrcSize?: number
  readonly chunkSize?: number
  readonly maxOutputLength?: number
  /** What each write ends. */
  readonly flush?: number
}
interface ZstdModule {
  zstdCompressSync(input: Uint8Array, options: ZstdOptions): Uint8Array
  zstdDecompressSync(input: Uint8Array, options: ZstdOptions): Uint8Array
  createZstdCompress(options: ZstdOptions): Transform
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number
    readonly ZSTD_c_windowLog: number
    readonly ZSTD_e_end: number
  }
}

/** 8 MiB: the most that every decoder takes. */
const largestWindowLog = 23
const largestLevelWithinIt = 19

/** Null where node:zlib has no Zstandard. */
export function nativeEngine(level: number): Engine | null {
  if (!('zstdCompressSync' in zlib)) return null
  const zstd: ZstdModule = zlib as typeof zlib & ZstdModule
  const params: Record<number, number> = { [zstd.constants.ZSTD_c_compressionLevel]: level }
  if (level > largestLevelWithinIt) params[zstd.constants.ZSTD_c_windowLog] = largestWindowLog
  const optionsFor = (input: Uint8Array): ZstdOptions => ({
    params,
    pledgedSrcSize: input.length,
    chunkSize: Math.min(Math.max(input.length, 1024), 131_072)
  })
  const compress = (input: Uint8Array): Uint8Array => zstd.zstdCompressSync(input, optionsFor(input))
  const parts = {
    open: () => zstd.createZstdCompress({ params }).on('error', () => undefined),
    reference: compress,
    endFlush: zstd.constants.ZSTD_e_end,
    // Node's own would forget the level.
    resets: false
  }
  const streams = new KeptStreams(() =>
    zstd.createZstdCompress({ params, flush: zstd.constants.ZSTD_e_end, chunkSize: 131_072 })
  )
  return {
    compress,
    compressInto: compressIntoBy(parts),
    compressLater: input => streams.compress(input),
    expand: (frame, maxBytes) =>
      zstd.zstdDecompressSync(frame.bytes, { maxOutputLength: Math.max(1, maxBytes), chunkSize: 131_072 })
  }
}
