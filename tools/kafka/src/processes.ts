// Processes that outlive the one which started them: recognised before they are signalled, so that no stranger is ever hit.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { HarnessError } from './failures.ts'

/** Process ids are used again; together with the start and a word of the command line they are not. */
export interface ProcessIdentity {
  readonly pid: number
  /** The start as the system tells it, in no particular unit. */
  readonly started: string
  /** Occurs in the command line. */
  readonly mark: string
}

interface ProcessFacts {
  readonly started: string
  /** First letter of the state of its first thread: T is stopped, Z has ended. */
  readonly state: string
  readonly threads: number
  readonly command: string
}

export type ProcessState = 'running' | 'paused' | 'ended'

/** @returns null when there is no such process, or it does not carry the mark */
export function identify(pid: number, mark: string): ProcessIdentity | null {
  const facts = factsOf(pid)
  if (facts === null || !mayCarry(facts, mark)) return null
  return { pid, started: facts.started, mark }
}

export function stateOf(identity: ProcessIdentity): ProcessState {
  const facts = factsOf(identity.pid)
  if (facts === null || facts.started !== identity.started || isOver(facts)) return 'ended'
  if (!mayCarry(facts, identity.mark)) return 'ended'
  return facts.state === 'T' ? 'paused' : 'running'
}

// Story: a broker is killed in the middle of a write. Its first thread has ended, the one that writes has not, and the lock on its folder
// is still held. A successor started now cannot lock the folder, and the last write spoils the log that it has just recovered.
export function isOver({ state, threads }: Pick<ProcessFacts, 'state' | 'threads'>): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1)
}

/**
 * Story: a broker is started and looked at in the very moment in which the new program has taken the process over, but has not been
 * given its arguments yet. Taken for a stranger, it would run on, unknown, and the next start would put a second one on its data.
 * So: a process without a command line, as one is for a moment in the beginning and in the end, is known by its start alone.
 */
const mayCarry = ({ command }: ProcessFacts, mark: string): boolean => command === '' || command.includes(mark)

/** @returns false when that process is gone; whoever has its number now is left alone */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (stateOf(identity) === 'ended') return false
  try {
    process.kill(identity.pid, name)
    return true
  } catch {
    return false
  }
}

/** Ends it for certain. A paused process ends too. */
export async function end(identity: ProcessIdentity, limitMs = 10_000): Promise<void> {
  if (signal(identity, 'SIGKILL')) await reach(identity, 'ended', limitMs)
}

export async function reach(identity: ProcessIdentity, state: ProcessState, limitMs: number): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  while (stateOf(identity) !== state) {
    if (performance.now() > deadlineMs) {
      throw new HarnessError(`Process ${identity.pid} was not ${state} within ${limitMs} ms`)
    }
    await sleep(10)
  }
}

function factsOf(pid: number): ProcessFacts | null {
  return existsSync('/proc/self/stat') ? factsFromProc(pid) : factsFromPs(pid)
}

/** proc(5): after the name in parentheses come the state (field 3) and, much later, the threads (20) and the start in ticks since boot (22). */
function factsFromProc(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { started: fields[19] ?? '', state: fields[0] ?? '', threads: Number(fields[17]), command }
  } catch {
    return null
  }
}

function factsFromPs(pid: number): ProcessFacts | null {
  const ask = (column: string): string =>
    execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim()
  try {
    // Where there is no /proc, a process that has ended is not listed with threads of its own.
    return { started: ask('lstart'), state: ask('state').slice(0, 1), threads: 1, command: ask('command') }
  } catch {
    return null
  }
}
