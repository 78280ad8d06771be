// One batch in one request, and what became of it.
import type { Fate } from './evidence.ts'

export interface Attempt {
  readonly connection: number
  readonly host: string
  readonly atMs: number
  /** Monotonic place among all attempts. */
  readonly order: number
  /** A topic of the same name made anew has another key. */
  readonly log: string
  readonly topic: string
  readonly partition: number
  readonly acks: number
  readonly version: number
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly count: number
  readonly crc: number
  readonly codec: number
  /** Numbers of its records, in order. */
  readonly records: readonly number[]
  fate: Fate | 'flying'
  errorCode: number
  baseOffset: number
  /** When its fate was known, or its connection ended. */
  fateMs: number
}

/** Who wrote it, as far as a broker can tell: equal identities are one batch to it. */
export function identityOf(attempt: Attempt): string {
  return `${lineOf(attempt)} ${attempt.sequence}+${attempt.count}`
}

/** The producer, its epoch and the log: sequences count within them. */
export function lineOf({ producerId, epoch, log }: Attempt): string {
  return `${producerId}/${epoch} ${log}`
}

export const sequences: number = 2 ** 31

/** One sequence comes after another, on a ring that is never half full. */
export function isBehind(sequence: number, other: number): boolean {
  const distance = (other - sequence + sequences) % sequences
  return distance > 0 && distance < sequences / 2
}
