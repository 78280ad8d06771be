// The compressor of single blocks: a small WebAssembly module.
import { CompressionError } from '@sluice/core'
import { kernel } from './kernel.ts'

/** No block has more, before it is compressed. */
export const blockBytes = 65536

/** Gives a view of its own memory, which the next call overwrites. */
export type Packer = (input: Uint8Array, from: number, to: number) => Uint8Array

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly INPUT: { readonly value: number }
  readonly OUTPUT: { readonly value: number }
  readonly compress: (length: number) => number
}

/** As much of `WebAssembly` as is used here: not every runtime has it. */
interface WebAssemblyRuntime {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: KernelExports }
}

/** Each has 192 KiB of memory of its own. @throws CompressionError where a runtime has no WebAssembly, or forbids it */
export function makePacker(): Packer {
  const { memory, INPUT, OUTPUT, compress } = instantiate()
  const bytes = new Uint8Array(memory.buffer)
  return (input, from, to) => {
    bytes.set(input.subarray(from, to), INPUT.value)
    return bytes.subarray(OUTPUT.value, OUTPUT.value + compress(to - from))
  }
}

function instantiate(): KernelExports {
  const runtime = (globalThis as { readonly WebAssembly?: WebAssemblyRuntime }).WebAssembly
  if (runtime === undefined) throw new CompressionError('lz4 needs WebAssembly, which this runtime has not')
  try {
    return new runtime.Instance(new runtime.Module(Buffer.from(kernel, 'base64'))).exports
  } catch (cause) {
    throw new CompressionError('lz4 needs WebAssembly, which this runtime forbids', { cause })
  }
}
