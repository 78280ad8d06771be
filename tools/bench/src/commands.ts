// Runs one command within a time limit and keeps what it says.
import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly limitMs?: number
}

/** @throws Error with the end of what the command said when it fails, is missing or is too slow */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env, limitMs = 60_000 } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true
    })
    let text = ''
    let late = false
    const keep = (chunk: Buffer): void => {
      text = (text + chunk.toString()).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer = setTimeout(() => {
      late = true
      // The command and what it has started: they are a group of their own.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, limitMs)
    child.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', code => {
      clearTimeout(timer)
      if (code === 0) return resolve(text)
      const why = late ? `was stopped after ${limitMs / 1000} s` : `ended with ${code}`
      reject(
        new Error(`${command} ${args.slice(0, 3).join(' ')} ${why}: ${text.trim().split('\n').slice(-3).join(' | ')}`)
      )
    })
  })
}

/** Null when the machine has no such command. */
export async function versionOf(command: string, args: readonly string[] = ['--version']): Promise<string | null> {
  try {
    return (await runCommand(command, args)).trim().split('\n')[0] ?? ''
  } catch {
    return null
  }
}
