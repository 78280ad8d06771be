// How large a few typical programs become in one minified file, Node's own modules left out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export interface BundleFacts {
  readonly program: string
  readonly bytes: number
  readonly gzipBytes: number
}

/** @param folder where the program's imports are found */
export async function bundleOf(program: string, folder: string): Promise<BundleFacts> {
  const place = mkdtempSync(join(folder, '.bundle-'))
  const input = join(place, 'program.mjs')
  writeFileSync(input, program)
  try {
    const bundle = await rolldown({
      input,
      platform: 'node',
      external: [/^node:/, ...builtinModules, '@toondepauw/node-zstd']
    })
    const { output } = await bundle.generate({ format: 'esm', minify: true })
    const code = output.map(part => (part.type === 'chunk' ? part.code : '')).join('')
    return { program, bytes: Buffer.byteLength(code), gzipBytes: gzipSync(code).length }
  } finally {
    rmSync(place, { recursive: true })
  }
}
