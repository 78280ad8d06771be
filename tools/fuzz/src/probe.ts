// Runs decoders under watch: what they throw, how long they take and what memory they ask for.
import { isKafkaError, type KafkaErrorCode } from '@sluice/core'
import type { Allocations } from './allocations.ts'
import { Finding } from './finding.ts'

/** A result, or the typed error in its place. */
export type Tried<T> = { readonly value: T; readonly error: null } | { readonly error: Error; readonly value: null }

/** The account of one execution. */
export class Probe {
  /** Of all that was attempted. */
  elapsedMs = 0
  bytes = 0
  readonly #allocations: Allocations

  constructor(allocations: Allocations) {
    this.#allocations = allocations
  }

  /** @throws Finding when what was thrown is not an error of one of these codes */
  attempt<T>(codes: readonly KafkaErrorCode[], decode: () => T, dirt = 0xa5): Tried<T> {
    const startedMs = this.#begin(dirt)
    try {
      return { value: decode(), error: null }
    } catch (thrown) {
      return { value: null, error: typed(codes, thrown) }
    } finally {
      this.#end(startedMs)
    }
  }

  /** As `attempt`, for what answers later. */
  async attemptLater<T>(codes: readonly KafkaErrorCode[], decode: () => Promise<T>, dirt = 0xa5): Promise<Tried<T>> {
    const startedMs = this.#begin(dirt)
    try {
      return { value: await decode(), error: null }
    } catch (thrown) {
      return { value: null, error: typed(codes, thrown) }
    } finally {
      this.#end(startedMs)
    }
  }

  #begin(dirt: number): number {
    this.#allocations.open(dirt)
    return performance.now()
  }

  #end(startedMs: number): void {
    this.elapsedMs += performance.now() - startedMs
    this.bytes += this.#allocations.close()
  }
}

/** @throws Finding unless it is an error of one of these codes */
export function typed(codes: readonly KafkaErrorCode[], thrown: unknown): Error {
  if (thrown instanceof Finding) throw thrown
  if (!isKafkaError(thrown)) throw new Finding('untyped', `not a typed error: ${shown(thrown)}`, thrown)
  if (!codes.includes(thrown.code)) throw new Finding('wrong error', `${thrown.code}: ${thrown.message}`, thrown)
  return thrown
}

function shown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `a ${typeof thrown} was thrown`
}

/** An error's message without its numbers: what kind of refusal it was. */
export function outline({ message }: Error): string {
  return message.replace(/-?\d+/g, '#').slice(0, 120)
}
