// Keeps the frames of every connection through its relays, and has them judged by Kafka's own classes.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { install, toolJvmOptions } from '../src/installation.ts'
import { Capture } from './capture.ts'
import { Relay } from './relay.ts'

/** Of all requests of one version of one API. */
export interface WireRow {
  readonly api: string
  readonly version: number
  readonly requests: number
  readonly responses: number
  /** Of the requests. */
  readonly bytes: number
  readonly batches: number
  readonly records: number
}

export interface WireVerdict {
  readonly rows: readonly WireRow[]
  /** Frames that Kafka's classes cannot read, or would write otherwise. */
  readonly problems: readonly string[]
}

export class Wiretap implements AsyncDisposable {
  readonly #relays: Relay[] = []
  readonly #lines: string[] = []
  /** Every frame heard so far, as a capture file. */
  readonly capture: Capture = new Capture()

  /** @returns the port at which to find what listens on this one */
  async relayTo(port: number): Promise<number> {
    const place = this.#relays.length
    const splitters = new Map<string, FrameSplitter>()
    const relay = await Relay.open({
      targets: () => [port],
      tap: (connection, from, chunk) => {
        const key = `${from} ${place}-${connection}`
        const splitter = splitters.get(key) ?? new FrameSplitter()
        splitters.set(key, splitter)
        for (const frame of splitter.push(chunk)) {
          this.capture.add(`${place}-${connection}`, from, frame)
          this.#lines.push(`${key} ${frame.subarray(4).toString('base64')}\n`)
        }
      }
    })
    this.#relays.push(relay)
    return relay.port
  }

  /** What Kafka's classes, of this release, say of everything heard so far. */
  async judge(version: string): Promise<WireVerdict> {
    const installation = await install(version, () => {})
    const program = fileURLToPath(new URL('WireCheck.java', import.meta.url))
    const args = [...toolJvmOptions(installation), '-cp', installation.classpath, program]
    const child = spawn(installation.java.path, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(this.#lines.join(''))
    // The shape is what WireCheck.java writes.
    return JSON.parse(await text(child.stdout)) as WireVerdict
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#relays.map(relay => relay[Symbol.asyncDispose]()))
  }
}

/** Cuts a stream into frames. */
class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): readonly Buffer[] {
    const bytes = Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    let at = 0
    while (bytes.length - at >= 4 && bytes.length - at - 4 >= bytes.readInt32BE(at)) {
      const end = at + 4 + bytes.readInt32BE(at)
      frames.push(bytes.subarray(at, end))
      at = end
    }
    this.#rest = bytes.subarray(at)
    return frames
  }
}
