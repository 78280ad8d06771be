// One JVM with Kafka's own codecs and serializers, asked one question after another.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { codecClassPath } from './jars.ts'

type Verb = 'compress' | 'decompress' | 'serialize'

interface Pending {
  resolve(answer: Buffer): void
  reject(error: Error): void
}

/** What `level` means Kafka's default. */
const defaultLevel = -128
const answerHeadBytes = 5

export class CodecOracle {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #pending: Pending[] = []
  #received: Buffer[] = []
  #receivedBytes = 0
  #lastWords = ''

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#child = child
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    child.stderr.on('data', chunk => (this.#lastWords = (this.#lastWords + String(chunk)).slice(-2000)))
    child.stdin.on('error', () => undefined)
    child.on('error', error => this.#end(error.message))
    child.on('close', () => this.#end(`has ended. ${this.#lastWords}`))
  }

  /** Needs `java` 17 or later on the path. It ends with this process, or by `close`. */
  static async start(): Promise<CodecOracle> {
    const classPath = await codecClassPath()
    const program = fileURLToPath(new URL('../java/CodecOracle.java', import.meta.url))
    const options = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, program]
    return new CodecOracle(spawn('java', options, { stdio: ['pipe', 'pipe', 'pipe'] }))
  }

  compress(codec: string, input: Uint8Array, level: number = defaultLevel): Promise<Buffer> {
    return this.#ask('compress', codec, level, input)
  }

  /** Fails if bytes are left over. */
  decompress(codec: string, input: Uint8Array): Promise<Buffer> {
    return this.#ask('decompress', codec, defaultLevel, input)
  }

  /** `name` is int32, int64, float64, string or uuid; `value` as Java reads it. */
  serialize(name: string, value: string): Promise<Buffer> {
    return this.#ask('serialize', name, defaultLevel, Buffer.from(value))
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }

  #ask(verb: Verb, name: string, level: number, input: Uint8Array): Promise<Buffer> {
    const head = Buffer.alloc(3 + name.length + 8)
    head.write(verb[0]!, 0)
    head.writeUInt16BE(name.length, 1)
    head.write(name, 3)
    head.writeInt32BE(level, 3 + name.length)
    head.writeInt32BE(input.length, 7 + name.length)
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject })
      this.#child.stdin.write(head)
      this.#child.stdin.write(input)
    })
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk)
    this.#receivedBytes += chunk.length
    if (this.#receivedBytes < answerHeadBytes) return
    if (this.#received[0]!.length < answerHeadBytes) this.#received = [Buffer.concat(this.#received)]
    const bytes = answerHeadBytes + this.#received[0]!.readInt32BE(1)
    if (this.#receivedBytes < bytes) return
    const whole = Buffer.concat(this.#received)
    this.#received = []
    this.#receivedBytes = 0
    this.#answer(whole[0] === 1, whole.subarray(answerHeadBytes, bytes))
    if (whole.length > bytes) this.#take(whole.subarray(bytes))
  }

  #answer(ok: boolean, answer: Buffer): void {
    const pending = this.#pending.shift()
    if (ok) pending?.resolve(answer)
    else pending?.reject(new Error(`Kafka's own code: ${answer.toString()}`))
  }

  #end(reason: string): void {
    for (const pending of this.#pending.splice(0)) pending.reject(new Error(`The oracle ${reason}`))
  }
}
