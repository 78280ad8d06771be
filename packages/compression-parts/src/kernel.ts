// A compressor of single blocks: a small WebAssembly module, and its memory.
import { CompressionError } from '@sluice/core'

export interface Kernel {
  /** Of the codec that it is for. */
  readonly name: string
  /** Exports `memory`, `INPUT` and `OUTPUT` (places in it), and `compress(length)`, which gives the length of the result. In base64. */
  readonly code: string
  /** No block has more, before it is compressed. */
  readonly blockBytes: number
}

/** Of a block that does not shrink, in any of the formats: a sixth more, as snappy's own library reckons, and 64. */
export const mostPackedBytes = (blockBytes: number): number => blockBytes + Math.ceil(blockBytes / 6) + 64

/** Compresses a block. Gives a view of memory that the next call overwrites. */
export type Packer = (input: Uint8Array, from: number, to: number) => Uint8Array

/** As much of a `WebAssembly.Module` as is known here: it can be handed to another thread. */
export type KernelModule = object

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly INPUT: { readonly value: number }
  readonly OUTPUT: { readonly value: number }
  readonly compress: (length: number) => number
}

/** As much of `WebAssembly` as is used here: not every runtime has it. */
interface WebAssemblyRuntime {
  readonly Module: new (bytes: Uint8Array) => KernelModule
  readonly Instance: new (module: KernelModule) => { readonly exports: KernelExports }
}

/** @throws CompressionError where a runtime has no WebAssembly, or forbids it */
export function compileKernel({ name, code }: Kernel): KernelModule {
  const runtime = webAssembly()
  if (runtime === undefined) throw new CompressionError(`${name} needs WebAssembly, which this runtime has not`)
  try {
    return new runtime.Module(Buffer.from(code, 'base64'))
  } catch (cause) {
    throw new CompressionError(`${name} needs WebAssembly, which this runtime forbids`, { cause })
  }
}

/** @throws CompressionError where a runtime has no WebAssembly, or forbids it */
export const packerOf = (kernel: Kernel): Packer => makePacker(compileKernel(kernel))

/** Each has memory of its own. */
export function makePacker(module: KernelModule): Packer {
  const { memory, INPUT, OUTPUT, compress } = new (webAssembly()!.Instance)(module).exports
  const bytes = new Uint8Array(memory.buffer)
  return (input, from, to) => {
    bytes.set(input.subarray(from, to), INPUT.value)
    return bytes.subarray(OUTPUT.value, OUTPUT.value + compress(to - from))
  }
}

const webAssembly = (): WebAssemblyRuntime | undefined =>
  (globalThis as { readonly WebAssembly?: WebAssemblyRuntime }).WebAssembly
