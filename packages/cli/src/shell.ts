// What a command needs of the world around it: streams, files, the environment, interrupts and the clock.
import type { Clock } from '@sluice/core'
import type { Readable } from 'node:stream'

export interface Shell {
  readonly input: Readable
  /** Size of the input where it is a file, else null. */
  readonly inputBytes: number | null
  /** Results, to standard output. */
  out(text: string): void
  /** Progress, complaints and the summary, to standard error. */
  err(text: string): void
  /** Columns of the terminal that `err` writes to, or null when it is not one. */
  terminalColumns(): number | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls at each interrupt from the keyboard until the returned function is called. */
  onInterrupt(listener: () => void): () => void
  readonly clock: Clock
}

/** How a command ended, as its process says it. */
export const exitStatus = {
  ok: 0,
  /** Something was not delivered, or the cluster could not be reached. */
  failed: 1,
  /** The command line cannot be right. */
  usage: 2,
  interrupted: 130
} as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** A command line that cannot be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
