// The application's own code that the producer calls: a codec, serializers, a partitioner, an interceptor. Some of it fails on purpose.
import { gunzipSync, gzipSync } from 'node:zlib'
import type { CompressionCodec, Interceptor, MessageToProduce, Observer, Partitioner } from '@sluice/core'
import {
  compatible,
  crc32Random,
  murmur2Random,
  roundRobin,
  sticky,
  stringSerializer,
  type ProducerOptions,
  type Serializer
} from '@sluice/producer'
import type { ApplicationPlan, CallEvent, PartitionerName, ThrowingProperty } from '../story.ts'
import { nameIn, numberOf } from '../wire/naming.ts'
import type { ClientLoop } from './client-loop.ts'

/** Thrown by the application, on purpose. */
export class ApplicationError extends Error {}

type Options = Pick<
  ProducerOptions<string, string, string, string>,
  'codecs' | 'interceptors' | 'observer' | 'partitioner' | 'serializers' | 'sasl'
>

export class Application {
  readonly #plan: ApplicationPlan
  readonly #loop: ClientLoop
  readonly #random: () => number
  #password: string
  #trouble: 'none' | 'slow' | 'throws' | 'hangs' = 'none'
  #compressions = 0
  #healed = false
  /** Batches that the codec failed on. */
  failedCompressions = 0
  thrown = 0
  /** Does what it does inside of what the producer calls. */
  act: (deed: CallEvent) => void = () => {}

  constructor(plan: ApplicationPlan, loop: ClientLoop, random: () => number) {
    this.#plan = plan
    this.#loop = loop
    this.#random = random
    this.#password = plan.password ?? ''
  }

  /** Nothing of it fails any more. */
  heal(): void {
    this.#healed = true
  }

  setPassword(password: string, trouble: 'none' | 'slow' | 'throws' | 'hangs'): void {
    this.#password = password
    this.#trouble = trouble
  }

  options(): Options {
    const { throwing = {}, password, partitioner, inOutcomes } = this.#plan
    return {
      codecs: [this.#codec()],
      serializers: {
        key: stringSerializer,
        value: this.#valueSerializer(),
        headerKey: stringSerializer,
        headerValue: stringSerializer
      },
      ...(throwing.interceptor === undefined ? {} : { interceptors: [this.#interceptor(throwing.interceptor)] }),
      ...(throwing.partitioner === undefined ? {} : { partitioner: this.#partitioner(throwing.partitioner) }),
      ...(partitioner === undefined ? {} : { partitioner: this.partitionerNamed(partitioner) }),
      ...(inOutcomes === undefined ? {} : { observer: this.#observer(inOutcomes) }),
      ...(password === undefined
        ? {}
        : { sasl: { mechanism: 'PLAIN', username: 'app', password: () => this.#givePassword() } })
    }
  }

  /** Every so manieth record. */
  #trips(value: string | null, every: number): boolean {
    const number = numberOf(value)
    return !this.#healed && number >= 0 && number % every === every - 1
  }

  /** Throws, or gives a promise that is rejected where the producer expects none. */
  #fail(what: string): never {
    this.thrown++
    const error = new ApplicationError(`The application fails in ${what}`)
    if (this.#plan.throwing?.rejects !== true) throw error
    // What no type allows is what it is about.
    return Promise.reject(error) as never
  }

  #valueSerializer(): Serializer<string> {
    const { scratch, serializer, throwing } = this.#plan
    if (scratch === true) return this.#scratchSerializer()
    if (serializer !== undefined) return serializer === 'into' ? writingSerializer() : this.#preparingSerializer()
    const every = throwing?.serializer
    if (every === undefined) return stringSerializer
    return value => (this.#trips(value, every) ? this.#fail('a serializer') : value)
  }

  /** Gives the same memory again and again: whoever keeps it finds another record in it. */
  #scratchSerializer(): (value: string) => Uint8Array {
    const scratch = Buffer.alloc(65_536)
    return value => scratch.subarray(0, scratch.write(value))
  }

  #preparingSerializer(): Serializer<string> {
    const { serializer, prepareMs = 30 } = this.#plan
    let fails = serializer === 'cannot-prepare'
    const prepare = async (): Promise<void> => {
      await new Promise<void>(resolve => void this.#loop.after(prepareMs, resolve))
      if (!fails) return
      fails = false
      throw new ApplicationError('The serializer cannot prepare')
    }
    return Object.assign((value: string) => value, { prepare })
  }

  /** One of those that the producer comes with, by the chance of this run. */
  partitionerNamed(name: PartitionerName): Partitioner {
    const random = this.#random
    switch (name) {
      case 'sticky':
      case 'even':
        return sticky({ random, batchSize: 500, adaptive: name === 'sticky' })
      case 'round-robin':
        return roundRobin({ random })
      case 'murmur2':
        return murmur2Random({ random })
      case 'crc32':
        return crc32Random({ random })
      case 'platformatic':
      case 'kafkajs-legacy':
        return compatible(name, { random })
      case 'fallback':
        return (_, context) => context.fallback()
    }
  }

  #observer(deeds: readonly CallEvent[]): Observer {
    const left = [...deeds]
    return {
      onOutcome: () => {
        const deed = left.shift()
        if (deed !== undefined) this.act(deed)
      }
    }
  }

  #interceptor(every: number): Interceptor {
    return {
      onSend: message => (this.#trips(textOf(message), every) ? this.#fail('an interceptor') : message)
    }
  }

  #partitioner(every: number): NonNullable<Options['partitioner']> {
    return (message, context) =>
      this.#trips(textOf(message), every) ? this.#fail('a partitioner') : context.fallback()
  }

  /** The message, but for one property: who reads it is thrown at. */
  throwingMessage<Message extends object>(message: Message, property: ThrowingProperty): Message {
    const get = (): never => {
      this.thrown++
      throw new ApplicationError(`The application fails in a message's ${property}`)
    }
    return Object.defineProperty(message, property, { get, enumerable: true })
  }

  /** gzip that never uses another thread; it may take its time, by the clock of the run. */
  #codec(): CompressionCodec {
    const { delayMs, failEvery, into = false, unreadable = false } = this.#plan.codec ?? {}
    const begin = (): boolean => {
      this.#compressions++
      const fails = failEvery !== undefined && this.#compressions % failEvery === 0
      if (fails) this.failedCompressions++
      return fails
    }
    const later = <Result>([least, most]: readonly [number, number], finish: () => Result): Promise<Result> => {
      const fails = begin()
      const afterMs = least + Math.floor(this.#random() * (most - least + 1))
      return new Promise((resolve, reject) => {
        this.#loop.after(afterMs, () => {
          if (fails) reject(new ApplicationError('The codec fails'))
          else resolve(finish())
        })
      })
    }
    return {
      id: 1,
      name: 'gzip',
      compress: input => {
        if (delayMs !== undefined) {
          const result = gzipSync(input, { level: 1 })
          return later(delayMs, () => result)
        }
        if (begin()) throw new ApplicationError('The codec fails')
        return gzipSync(input, { level: 1 })
      },
      decompress: (input, maxOutputLength) => {
        if (unreadable) return Promise.reject(new ApplicationError('The codec cannot read what it made'))
        return gunzipSync(input, { maxOutputLength })
      },
      ...(into && delayMs === undefined
        ? {
            compressInto: (input, output, at) => {
              if (begin()) throw new ApplicationError('The codec fails')
              return compressInto(input, output, at)
            }
          }
        : {}),
      ...(into && delayMs !== undefined
        ? {
            compressInto: () => -1,
            // The input is the codec's until the end.
            compressIntoLater: (input, output, at) => later(delayMs, () => compressInto(input, output(), at))
          }
        : {})
    }
  }

  #givePassword(): string | Promise<string> {
    const password = this.#password
    switch (this.#trouble) {
      case 'none':
        return password
      case 'throws':
        throw new ApplicationError('No password at hand')
      case 'hangs':
        return new Promise(() => {})
      case 'slow':
        return new Promise(resolve => void this.#loop.after(300, () => resolve(password)))
    }
  }

  /** The end of each callback, which may be a failure. */
  endCallback(call: number): void {
    const every = this.#plan.throwing?.callback
    if (every !== undefined && call >= 0 && call % every === every - 1) return this.#fail('a callback')
  }
}

function compressInto(input: Uint8Array, output: Uint8Array, at: number): number {
  const packed = gzipSync(input, { level: 1 })
  if (at + packed.length > output.length) return -1
  output.set(packed, at)
  return packed.length
}

function writingSerializer(): Serializer<string> {
  const into: Serializer<string>['into'] = (value, _context, out) => {
    out.ensure(3 * value.length)
    out.position += out.buffer.write(value, out.position)
    return true
  }
  return Object.assign((value: string) => value, { into })
}

function textOf(message: MessageToProduce): string | null {
  const { value, key } = message
  if (typeof value === 'string' && nameIn(value) !== null) return value
  return typeof key === 'string' ? key : null
}
