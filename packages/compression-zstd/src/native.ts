// Zstandard by node:zlib, which has it from Node 22.15 on.
import * as zlib from 'node:zlib'
import type { Engine } from './engine.ts'

// The declared types are those of the oldest Node supported, which has none of this.
interface ZstdOptions {
  readonly params?: Readonly<Record<number, number>>
  readonly pledgedSrcSize?: number
  readonly chunkSize?: number
  readonly maxOutputLength?: number
}
interface ZstdModule {
  zstdCompressSync(input: Uint8Array, options: ZstdOptions): Uint8Array
  zstdCompress(input: Uint8Array, options: ZstdOptions, done: (error: Error | null, output: Uint8Array) => void): void
  zstdDecompressSync(input: Uint8Array, options: ZstdOptions): Uint8Array
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_c_windowLog: number }
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
  return {
    compress: input => zstd.zstdCompressSync(input, optionsFor(input)),
    compressLater: input =>
      new Promise((resolve, reject) => {
        zstd.zstdCompress(input, optionsFor(input), (error, output) => {
          if (error === null) resolve(output)
          else reject(error)
        })
      }),
    expand: (frame, maxBytes) =>
      zstd.zstdDecompressSync(frame.bytes, { maxOutputLength: Math.max(1, maxBytes), chunkSize: 131_072 })
  }
}
