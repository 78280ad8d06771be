// Talks to KafkaOracle.java: one JVM with Kafka's own clients per cluster, asked by lines of JSON.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

import { HarnessError } from './failures.ts'
import type { Installation } from './installation.ts'
import { once, toolJvmOptions } from './installation.ts'
import { runJava } from './java.ts'
import { packageFile } from './places.ts'

/** What a line of the protocol may hold; `do` names the question. */
export type OracleRequest = Readonly<Record<string, unknown>> & { readonly do: string }

interface Answer {
  readonly id: number
  readonly item?: unknown
  readonly result?: unknown
  readonly error?: string
}

interface Pending {
  readonly request: OracleRequest
  readonly onItem: ((item: unknown) => void) | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class Oracle {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending: Map<number, Pending> = new Map()
  #nextId = 1
  #lastWords = ''

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    createInterface({ input: child.stdout }).on('line', line => this.#take(line))
    child.stderr.on('data', chunk => (this.#lastWords = (this.#lastWords + String(chunk)).slice(-2000)))
    child.stdin.on('error', () => undefined)
    child.on('error', error => this.#end(error.message))
    child.on('close', () => this.#end(`ended. ${this.#lastWords}`))
  }

  /** Compiles the program when that was not done before. It ends with this process, or by `close`. */
  static async start(installation: Installation, bootstrap: string): Promise<Oracle> {
    const classes = await compile(installation)
    const classpath = [classes, installation.classpath].join(delimiter)
    const args = [...toolJvmOptions(installation), '-cp', classpath, 'KafkaOracle', bootstrap]
    const child = spawn(installation.java.path, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    return new Oracle(child)
  }

  /**
   * @param onItem gets each item of an answer that has many
   * @throws HarnessError with Kafka's own words when it could not be done
   */
  ask(request: OracleRequest, onItem?: (item: unknown) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || !this.#child.stdin.writable) {
        return reject(new HarnessError(`The oracle has ended. ${this.#lastWords}`))
      }
      const id = this.#nextId++
      this.#pending.set(id, { request, onItem, resolve, reject })
      this.#child.stdin.write(`${JSON.stringify({ ...request, id })}\n`)
    })
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }

  #take(line: string): void {
    // Only the oracle writes there, and always such lines.
    const answer = JSON.parse(line) as Answer
    const pending = this.#pending.get(answer.id)
    if (pending === undefined) return
    if ('item' in answer) return pending.onItem?.(answer.item)
    this.#pending.delete(answer.id)
    if (answer.error === undefined) return pending.resolve(answer.result)
    pending.reject(new HarnessError(`${pending.request.do} failed: ${answer.error}`))
  }

  #end(reason: string): void {
    for (const pending of this.#pending.values()) pending.reject(new HarnessError(`The oracle: ${reason}`))
    this.#pending.clear()
  }
}

async function compile(installation: Installation): Promise<string> {
  const source = packageFile('java/KafkaOracle.java')
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const classes = join(installation.directory, `oracle-${hash}`)
  await once(classes, async unfinished => {
    mkdirSync(unfinished)
    const compiler = ['-m', 'jdk.compiler/com.sun.tools.javac.Main', '-nowarn', '-XDignore.symbol.file']
    await runJava(installation.java, [...compiler, '-d', unfinished, '-cp', installation.classpath, source])
  })
  return classes
}
