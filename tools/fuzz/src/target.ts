// What can be fuzzed: something that reads bytes, in one of its versions.
import type { MaybePromise } from '@sluice/core'
import type { Dice } from './dice.ts'
import type { Probe } from './probe.ts'

/** A place in an input whose meaning is known, so that it can be made wrong on purpose. */
export interface Span {
  readonly start: number
  readonly end: number
  /** A `varint` is unsigned, a `zigzag` signed, `fixed` is big-endian, `little` is not; `tags` are a list of tagged fields. */
  readonly kind: 'varint' | 'zigzag' | 'fixed' | 'little' | 'content' | 'tags'
}

export interface Target {
  /** Such as `response Produce`. */
  readonly group: string
  /** Such as `v9`. */
  readonly variant: string
  /** One execution may take so long, milliseconds. */
  readonly mostMs: number
  /** Valid inputs to begin with. */
  seeds(): readonly Uint8Array[]
  /** Another valid input, made by the grammar. */
  grow?(dice: Dice): Uint8Array
  /** Where the lengths, counts and contents of an input are, as far as it can be read. */
  spans?(input: Uint8Array): readonly Span[]
  /** Puts right what would stop every mutation at the door, such as a checksum. */
  repair?(input: Buffer): Buffer
  /** All the memory that the decoders may ask for in one execution, bytes. */
  mostBytes(input: Uint8Array): number
  /**
   * @returns what happened, in a few words: an input that gives new ones is worth keeping
   * @throws Finding
   */
  run(input: Uint8Array, probe: Probe): MaybePromise<string>
}

export function nameOf({ group, variant }: Pick<Target, 'group' | 'variant'>): string {
  return `${group} ${variant}`
}
