// Sends lines through the `sluice` command, in a process of its own, as a user's shell would.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyField, type FlightRecord } from './flights.ts'

/** The summary that `sluice produce --json` prints. */
export interface Sent {
  readonly elapsedMs: number
  readonly acknowledged: number
  readonly bytes: number
  readonly batchBytes: number
  readonly wireBytes: number
}

export interface SendResult {
  readonly exitStatus: number
  readonly command: string
  readonly sent: Sent | null
}

export type Sender = (records: readonly FlightRecord[], brokers: string, topic: string) => Promise<SendResult>

/** How the command is run: its arguments, and a file as standard input. Its progress goes to this process's standard error. */
type Run = (argv: readonly string[], file: string) => Promise<{ exitStatus: number; out: string }>

/** Sends through a process of its own, or whatever `run` does instead. */
export function sender(run: Run = sluice): Sender {
  return async (records, brokers, topic) => {
    const options = ['--brokers', brokers, '--topic', topic, '--key-field', keyField, '--compression', 'gzip', '--json']
    const folder = mkdtempSync(join(tmpdir(), 'sluice-demo-'))
    const file = join(folder, 'flights.jsonl')
    writeFileSync(file, records.map(({ value }) => `${value}\n`).join(''))
    try {
      const { exitStatus, out } = await run(['produce', ...options], file)
      return { exitStatus, command: `sluice produce ${options.join(' ')} < flights.jsonl`, sent: parse(out) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

async function sluice(argv: readonly string[], file: string): Promise<{ exitStatus: number; out: string }> {
  const main = fileURLToPath(new URL('./main.js', import.meta.resolve('@sluice/cli')))
  const input = openSync(file, 'r')
  const child = spawn(process.execPath, [main, ...argv], { stdio: [input, 'pipe', 'inherit'] })
  let out = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => resolve({ exitStatus: code ?? 1, out }))
    })
  } finally {
    closeSync(input)
  }
}

function parse(out: string): Sent | null {
  // The command promises this shape; an empty line means that it never came to its summary.
  return out === '' ? null : (JSON.parse(out) as Sent)
}
