// What a program loads of Node itself with the producer: modules take milliseconds and megabytes.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url))
/** For TLS, for gzip, for SCRAM, for large batches of LZ4 and snappy. */
const forFew = ['tls', 'zlib', 'crypto', 'worker_threads']

const program = `
  await import(${JSON.stringify(built)})
  console.log(JSON.stringify(process.moduleLoadList))
`

describe.skipIf(!existsSync(built))('importing the producer', () => {
  test('loads nothing of Node that only some programs need', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
    // What Node prints, a list of names.
    const modules = new Set(JSON.parse(stdout) as string[])
    expect(modules).toContain('NativeModule net')
    expect(forFew.filter(name => modules.has(`NativeModule ${name}`))).toEqual([])
  })
})
