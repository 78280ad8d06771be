// Makes src/kernel.ts of snappy and lz4: the compressor as a WebAssembly module. Run: node make.mjs (fetches the compiler)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiler = 'assemblyscript@0.27.31'
const pages = ['--initialMemory', '3', '--maximumMemory', '3']
const options = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--enable', 'bulk-memory']
const kernels = [
  { name: 'snappy', blockBytes: 32_768 },
  { name: 'lz4', blockBytes: 65_536 }
]

function compiled(source) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'))
  const output = join(folder, 'kernel.wasm')
  // The compiler reads files of its own ending only, and only below where it runs.
  writeFileSync(join(folder, 'kernel.ts'), readFileSync(source))
  const args = ['--yes', '--package', compiler, 'asc', 'kernel.ts', '-o', output, ...options, ...pages]
  execFileSync('npx', args, { cwd: folder, stdio: 'inherit' })
  const bytes = readFileSync(output)
  rmSync(folder, { recursive: true })
  return bytes
}

for (const { name, blockBytes } of kernels) {
  const home = new URL(`../../compression-${name}/`, import.meta.url)
  const lines = compiled(fileURLToPath(new URL(`kernel/${name}.as`, home)))
    .toString('base64')
    .match(/.{1,110}/g)
  const code = lines.map(line => `    '${line}'`).join(' +\n')
  writeFileSync(
    new URL('src/kernel.ts', home),
    `// Made by kernel/make.mjs of compression-parts: the WebAssembly module of kernel/${name}.as, in base64.
import type { Kernel } from '@sluice/compression-parts'

export const kernel: Kernel = {
  name: '${name}',
  blockBytes: ${String(blockBytes).replace(/(?=...$)/, '_')},
  code:
${code}
}
`
  )
}
