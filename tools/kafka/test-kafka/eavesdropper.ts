// Hears everything that a client lets out (errors, events, observer calls, how it looks when inspected) and searches it for secrets.
import { inspect } from 'node:util'
import type { Observer, Producer } from '@sluice/producer'

const eventNames = [
  'client:broker:connect',
  'client:broker:disconnect',
  'client:broker:failed',
  'client:broker:drain',
  'client:broker:sasl:handshake',
  'client:broker:sasl:authentication',
  'client:broker:sasl:authentication:extended',
  'client:throttle',
  'client:metadata',
  'client:close',
  'producer:drain',
  'producer:dataloss',
  'producer:fallback'
] as const

export class Eavesdropper {
  readonly #heard: string[] = []
  /** Give it to the client. */
  readonly observer: Observer = {
    onConnection: event => this.hear(event),
    onRequest: event => this.hear(event),
    onResponse: event => this.hear(event),
    onMetadata: event => this.hear(event),
    onBatch: event => this.hear(event),
    onRetry: event => this.hear(event),
    onOutcome: event => this.hear(event)
  }

  /** Listens to every event, and looks at the client itself. */
  follow(producer: Producer<string, string, string, string>): void {
    for (const name of eventNames) producer.on(name, (...payload: unknown[]) => this.hear([name, payload]))
    this.hear(producer)
  }

  hear(thing: unknown): void {
    this.#heard.push(inspect(thing, { depth: 10, showHidden: true, getters: true, maxStringLength: null }))
    this.#heard.push(String(thing), jsonOf(thing))
    for (let error = thing; error instanceof Error; error = error.cause) {
      this.#heard.push(error.message, String(error.stack))
    }
  }

  get texts(): number {
    return this.#heard.length
  }

  /** Those that were let out, as they are or encoded; to be compared with none. */
  leaked(secrets: readonly string[]): readonly string[] {
    return secrets.filter(secret =>
      disguises(secret).some(disguise => this.#heard.some(text => text.includes(disguise)))
    )
  }
}

function jsonOf(thing: unknown): string {
  try {
    return JSON.stringify(thing, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
  } catch {
    // Circular: inspected only.
    return ''
  }
}

/** A text as it stands in strings, in hexadecimal, as `inspect` shows bytes, and in base64 wherever it begins. */
function disguises(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  return [
    secret,
    hex,
    hex.replaceAll(/..(?=.)/g, '$& '),
    [...bytes].join(','),
    ...[0, 1, 2].map(at => base64(bytes, at))
  ]
}

/** The characters of the base64 of something longer that only these bytes decide, when they begin `at` bytes after a multiple of three. */
function base64(bytes: Buffer, at: number): string {
  const first = Math.ceil((at * 8) / 6)
  const last = Math.floor(((at + bytes.length) * 8) / 6)
  return Buffer.concat([Buffer.alloc(at), bytes])
    .toString('base64')
    .slice(first, last)
}
