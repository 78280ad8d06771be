// Makes ../src/kernel.ts: the compressor as a WebAssembly module. Run: node make.mjs (fetches the compiler)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiler = 'assemblyscript@0.27.31'
const folder = mkdtempSync(join(tmpdir(), 'kernel-'))
const output = join(folder, 'kernel.wasm')
const pages = ['--initialMemory', '3', '--maximumMemory', '3']
const options = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--enable', 'bulk-memory']
const source = fileURLToPath(new URL('snappy.as', import.meta.url))
// The compiler reads files of its own ending only, and only below where it runs.
writeFileSync(join(folder, 'kernel.ts'), readFileSync(source))
const args = ['--yes', '--package', compiler, 'asc', 'kernel.ts', '-o', output, ...options, ...pages]
execFileSync('npx', args, { cwd: folder, stdio: 'inherit' })
const lines = readFileSync(output)
  .toString('base64')
  .match(/.{1,110}/g)
rmSync(folder, { recursive: true })
const text = lines.map(line => `  '${line}'`).join(' +\n')
writeFileSync(
  new URL('../src/kernel.ts', import.meta.url),
  `// Made by kernel/make.mjs: the WebAssembly module of kernel/snappy.as, in base64.\n\nexport const kernel: string =\n${text}\n`
)
