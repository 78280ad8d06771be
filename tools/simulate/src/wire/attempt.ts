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
  readonly bytes: number
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
  const { producerId, epoch, log, sequence, count } = attempt
  return `${producerId}/${epoch} ${log} ${sequence}+${count}`
}
