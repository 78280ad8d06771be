// Runs other people's clients, and says loudly why where one is not there.
import { spawn, spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const codecs: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export const cacheDirectory: string = join(homedir(), '.cache', 'sluice')

/** Undefined when the command is there, else what to say about it. */
export function whyMissing(command: string, versionFlag: string, howToGet: string): string | undefined {
  if (spawnSync(command, [versionFlag]).error === undefined) return undefined
  const reason = `${command} is not installed: ${howToGet}`
  console.warn(`SKIPPED: ${reason}`)
  return reason
}

export interface RunOptions {
  readonly input?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a command wrote to its standard output. Rejects with what it wrote to the other when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  // A command that fails early closes its input; its exit tells why.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(Buffer.concat(output).toString())
      else reject(new Error(`${command} ended with ${code}: ${Buffer.concat(errors).toString().slice(-2000)}`))
    })
  })
}

/** One message per line, the codec's name in each, long enough that compressing them is worth it. */
export function linesFor(codec: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${codec}-${index}-${'filler '.repeat(20)}end`)
}

export function linesIn(text: string): string[] {
  return text.split('\n').filter(line => line !== '')
}

export function sorted(lines: readonly string[]): string[] {
  return lines.toSorted()
}
