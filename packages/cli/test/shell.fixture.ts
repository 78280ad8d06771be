// A shell for tests: input from memory, output kept, interrupts by hand.
import { systemClock, type Clock } from '@sluice/core'
import { Readable } from 'node:stream'
import { cli } from '../src/cli.ts'
import type { ExitStatus, Shell } from '../src/shell.ts'

export interface TestShell extends Shell {
  written: { out: string; err: string }
  interrupt(): void
  run(argv: readonly string[]): Promise<ExitStatus>
}

export interface TestShellOptions {
  readonly input?: Readable | string
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
}

/** A hundred seconds in one: for what the client does after seconds of its own. */
export const hastyClock: Clock = {
  ...systemClock,
  monotonicMs: () => systemClock.monotonicMs() * 100,
  after: (delayMs, task) => systemClock.after(delayMs / 100, task)
}

export function testShell(options: TestShellOptions = {}): TestShell {
  const listeners = new Set<() => void>()
  const { input = '' } = options
  const shell: TestShell = {
    input: typeof input === 'string' ? Readable.from([Buffer.from(input)], { objectMode: false }) : input,
    inputBytes: typeof input === 'string' ? Buffer.byteLength(input) : null,
    written: { out: '', err: '' },
    out: text => {
      shell.written.out += text
    },
    err: text => {
      shell.written.err += text
    },
    terminalColumns: () => options.columns ?? null,
    env: options.env ?? {},
    onInterrupt: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    clock: options.clock ?? systemClock,
    interrupt: () => {
      for (const listener of listeners) listener()
    },
    run: argv => cli(argv, shell)
  }
  return shell
}
