// Keeps what was not delivered: a file of JSON lines, and the first few complaints on standard error.
import { foreignText, isKafkaError, type RecordOutcome } from '@sluice/core'
import { createWriteStream, fstatSync, openSync, statSync, type WriteStream } from 'node:fs'
import { isUtf8 } from 'node:buffer'
import { toldInFlags } from './flags.ts'
import type { Line } from './lines.ts'
import type { Shell } from './shell.ts'

export interface Reject {
  readonly line: Line
  readonly outcome: RecordOutcome
  readonly error: unknown
}

const complaintsShown = 10

export class Rejects {
  readonly #shell: Shell
  readonly #stream: WriteStream | null
  #shown = 0
  #broken: Error | null = null

  /** @throws Error when the file cannot be made; it is made at once, so that an old one never looks like this run's. */
  constructor(path: string | null, shell: Shell) {
    this.#shell = shell
    if (path !== null && isInput(path, shell))
      throw new Error('it is the input, and would be emptied before it is read')
    this.#stream = path === null ? null : createWriteStream(path, { fd: openSync(path, 'w') })
    this.#stream?.on('error', error => {
      this.#broken ??= error
    })
  }

  /** Set once the file could not be written: then the run has failed, whatever became of the records. */
  get broken(): Error | null {
    return this.#broken
  }

  /** False: stop reading until `onRoom` has called. A file that is broken keeps nobody waiting. */
  add(reject: Reject): boolean {
    this.#complain(reject)
    if (this.#stream === null || this.#broken !== null) return true
    return this.#stream.write(`${JSON.stringify(describe(reject))}\n`)
  }

  onRoom(listener: () => void): void {
    this.#stream?.on('drain', listener)
    this.#stream?.on('error', listener)
  }

  /** When everything is in the file. */
  close(): Promise<void> {
    const stream = this.#stream
    if (this.#shown > complaintsShown) this.#shell.err(`… and ${this.#shown - complaintsShown} more\n`)
    if (stream === null || stream.closed) return Promise.resolve()
    return new Promise(resolve => {
      stream.once('close', () => resolve())
      stream.end()
    })
  }

  #complain({ line, outcome, error }: Reject): void {
    if (++this.#shown > complaintsShown) return
    // It may repeat the line, which may hold what a terminal obeys.
    this.#shell.err(`line ${line.number}: ${foreignText(toldInFlags(error))} (${outcome})\n`)
  }
}

/** Whether the file is the one that standard input was opened from. */
function isInput(path: string, { input }: Shell): boolean {
  const fd: unknown = Reflect.get(input, 'fd')
  const file = statSync(path, { throwIfNoEntry: false, bigint: true })
  if (typeof fd !== 'number' || file === undefined) return false
  const read = fstatSync(fd, { bigint: true })
  return file.isFile() && read.ino === file.ino && read.dev === file.dev
}

/** One line of the rejects file. `input` is the line as it was, or `inputBase64` where it is not UTF-8. */
function describe({ line, outcome, error }: Reject): object {
  const input = isUtf8(line.bytes) ? { input: line.bytes.toString() } : { inputBase64: line.bytes.toString('base64') }
  const code = isKafkaError(error) ? error.code : 'MALFORMED_LINE'
  return {
    line: line.number,
    outcome,
    code,
    error: toldInFlags(error),
    ...(line.tooLong ? { truncated: true } : {}),
    ...input
  }
}
