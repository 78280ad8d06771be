// Counts the memory that is asked for: every way to a large buffer or list is watched, and an absurd demand is refused.
import { Finding } from './finding.ts'

/** More than this in one piece is refused, so that a decoder that is wrong cannot take the machine with it. */
const mostAtOnce = 2 ** 24

/** Watches the globals of its thread until `restore`; counts between `open` and `close`. */
export class Allocations {
  #bytes = 0
  #open = false
  #refused: Finding | null = null
  /** What memory that is not cleared is filled with. */
  #dirt = 0
  readonly #undo: (() => void)[] = []

  open(dirt: number): void {
    this.#bytes = 0
    this.#dirt = dirt
    this.#open = true
    this.#refused = null
  }

  /**
   * @returns the bytes that were asked for since `open`; a place in a list counts as 8
   * @throws Finding if one demand was absurd, whatever became of the error
   */
  close(): number {
    this.#open = false
    if (this.#refused !== null) throw this.#refused
    return this.#bytes
  }

  watch(): this {
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) this.#watchBuffer(name)
    for (const name of ['ArrayBuffer', 'Uint8Array', 'Array'] as const) this.#watchConstructor(name)
    this.#watchArrayFrom()
    return this
  }

  restore(): void {
    for (const undo of this.#undo.splice(0).toReversed()) undo()
  }

  #count(bytes: unknown): void {
    if (!this.#open || typeof bytes !== 'number' || !(bytes > 0)) return
    this.#bytes += bytes
    if (bytes <= mostAtOnce) return
    this.#refused = new Finding('memory', `${bytes} bytes were asked for at once`)
    throw this.#refused
  }

  #replace<Home extends object>(home: Home, name: keyof Home & string, put: unknown): void {
    const before = Object.getOwnPropertyDescriptor(home, name)!
    Object.defineProperty(home, name, { ...before, value: put })
    this.#undo.push(() => Object.defineProperty(home, name, before))
  }

  #watchBuffer(name: 'alloc' | 'allocUnsafe' | 'allocUnsafeSlow'): void {
    const original = Buffer[name].bind(Buffer)
    this.#replace(Buffer, name, (size: number, ...rest: []) => {
      this.#count(size)
      const made = original(size, ...rest)
      return name === 'alloc' || !this.#open ? made : made.fill(this.#dirt)
    })
  }

  /** `new Uint8Array(n)`, `new ArrayBuffer(n)`, `new Array(n)`; views of a buffer cost nothing. */
  #watchConstructor(name: 'ArrayBuffer' | 'Uint8Array' | 'Array'): void {
    const original: new (...given: unknown[]) => object = globalThis[name]
    const weight = name === 'Array' ? 8 : 1
    const put = new Proxy(original, {
      construct: (made, given: unknown[], asked) => {
        const [first] = given
        if (typeof first === 'number' && given.length === 1) this.#count(first * weight)
        else if (name === 'Uint8Array' && ArrayBuffer.isView(first)) this.#count(first.byteLength)
        const result: unknown = Reflect.construct(made, given, asked === put ? made : asked)
        return result as object
      }
    })
    this.#replace(globalThis, name, put)
  }

  #watchArrayFrom(): void {
    const { from } = Array
    const home: { from: unknown } = Array
    this.#replace(home, 'from', (...given: [ArrayLike<unknown>]) => {
      this.#count(8 * (given[0].length ?? 0))
      // Without a constructor of its own it makes a plain list, and that is not counted twice.
      const made: unknown[] = Reflect.apply(from, undefined, given)
      return made
    })
  }
}
