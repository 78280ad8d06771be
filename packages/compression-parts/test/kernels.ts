// Kernels that do next to nothing, put together byte by byte.
import type { Kernel } from '../src/kernel.ts'

const named = (name: string, kind: number, index: number): number[] => [name.length, ...Buffer.from(name), kind, index]
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content]

/** Input at 0, output at 65,536; `compress` has this body. */
function kernelOf(name: string, ...body: number[]): Kernel {
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // (param i32) (result i32)
    ...section(1, 1, 0x60, 1, 0x7f, 1, 0x7f),
    ...section(3, 1, 0),
    // three pages of memory
    ...section(5, 1, 0, 3),
    // i32.const 0, i32.const 65536
    ...section(6, 2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x41, 0x80, 0x80, 4, 0x0b),
    ...section(
      7,
      4,
      ...named('memory', 2, 0),
      ...named('INPUT', 3, 0),
      ...named('OUTPUT', 3, 1),
      ...named('compress', 0, 0)
    ),
    ...section(10, 1, body.length + 2, 0, ...body, 0x0b)
  ]
  return { name, blockBytes: 32_768, code: Buffer.from(bytes).toString('base64') }
}

/** memory.copy(65536, 0, length); length */
export const copying: Kernel = kernelOf(
  'copying',
  ...[0x41, 0x80, 0x80, 4, 0x41, 0, 0x20, 0, 0xfc, 0x0a, 0, 0, 0x20, 0]
)

/** unreachable */
export const failing: Kernel = kernelOf('failing', 0x00)
