// Memory that two threads share: what is being executed now, readable even when its thread is stuck.
import { mostInputBytes } from './mutate.ts'

const numbers = 4
const mostNameBytes = 100
const countAt = 0
const nameBytesAt = 1
const inputBytesAt = 2
const writtenAt = 3

export class Blackboard {
  readonly memory: SharedArrayBuffer
  readonly #numbers: Int32Array
  readonly #name: Uint8Array
  readonly #input: Uint8Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4 * numbers + mostNameBytes + mostInputBytes)) {
    this.memory = memory
    this.#numbers = new Int32Array(memory, 0, numbers)
    this.#name = new Uint8Array(memory, 4 * numbers, mostNameBytes)
    this.#input = new Uint8Array(memory, 4 * numbers + mostNameBytes, mostInputBytes)
  }

  write(name: string, executions: number, input: Uint8Array): void {
    const bytes = input.subarray(0, mostInputBytes)
    this.#numbers[inputBytesAt] = bytes.length
    this.#numbers[nameBytesAt] = Buffer.from(this.#name.buffer, this.#name.byteOffset, mostNameBytes).write(name)
    this.#input.set(bytes)
    this.#numbers[countAt] = executions
    Atomics.store(this.#numbers, writtenAt, Atomics.load(this.#numbers, writtenAt) + 1)
  }

  /** Goes up with every execution, those of minimising not counted. */
  get executions(): number {
    return Atomics.load(this.#numbers, writtenAt) === 0 ? 0 : this.#numbers[countAt]!
  }

  read(): { readonly name: string; readonly hex: string } {
    const text = (bytes: Uint8Array, length: number, encoding: 'utf8' | 'hex'): string =>
      Buffer.from(bytes.slice(0, length)).toString(encoding)
    return {
      name: text(this.#name, this.#numbers[nameBytesAt]!, 'utf8'),
      hex: text(this.#input, this.#numbers[inputBytesAt]!, 'hex')
    }
  }
}
