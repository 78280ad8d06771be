// Who takes part in a run: how each producer is set up, and in which way it is used.
import { lz4 } from '@sluice/compression-lz4'
import type { ProducerOptions } from '@sluice/producer'
import { batches, callbacks, heedless, impatient, mixed, single, type Pattern } from './patterns.ts'

export interface Role {
  readonly name: string
  readonly pattern: Pattern
  /** Of the records offered. */
  readonly share: number
  readonly bufferMemory: number
  readonly options: Partial<ProducerOptions>
  /** Its calls shall get what they wait for, however long. */
  readonly patient: boolean
  /** Has its connections from the pool that several share. */
  readonly pooled: boolean
}

const megabyte = 1_048_576

export const roles: readonly Role[] = [
  {
    name: 'single',
    pattern: single,
    share: 0.15,
    bufferMemory: 16 * megabyte,
    options: {},
    patient: true,
    pooled: false
  },
  {
    name: 'batches',
    pattern: batches,
    share: 0.25,
    bufferMemory: 16 * megabyte,
    options: { codecs: [lz4()], linger: 5 },
    patient: true,
    pooled: false
  },
  {
    name: 'callbacks',
    pattern: callbacks,
    share: 0.25,
    bufferMemory: 2 * megabyte,
    options: {},
    patient: true,
    pooled: false
  },
  {
    name: 'mixed',
    pattern: mixed,
    share: 0.15,
    bufferMemory: 8 * megabyte,
    options: { linger: 2 },
    patient: true,
    pooled: true
  },
  {
    name: 'impatient',
    pattern: impatient,
    share: 0.1,
    bufferMemory: 8 * megabyte,
    options: {},
    patient: false,
    pooled: true
  },
  {
    name: 'heedless',
    pattern: heedless,
    share: 0.1,
    bufferMemory: megabyte / 2,
    options: {},
    patient: true,
    pooled: false
  }
]

/** Whose calls hold one record each, so that their order is that of the records. */
export const inCallOrder: readonly number[] = [0, 2, 5]
