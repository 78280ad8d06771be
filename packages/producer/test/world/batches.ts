// Makes batches, and makes them anew: in two, or uncompressed.
import type { Identity, Profile } from '../../src/profile.ts'
import { modeOf, type Remake } from '../../src/queue-state.ts'
import type { VerdictRules } from '../../src/verdict.ts'
import { untouched } from '../queue-story.ts'
import type { Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import type { WorldBatch } from './requests.ts'

const longDeliveryTimeoutMs = 1_000_000
/** Beside short ones. */
const usualDeliveryTimeoutMs = 8_000

type Made = Pick<WorldBatch, 'records' | 'profile' | 'isInvalid' | 'isTooLarge' | 'compressed' | 'deadlineMs'>

export class Batches {
  readonly #dice: Dice
  #ids = 0

  constructor(dice: Dice) {
    this.#dice = dice
  }

  make(made: Made): WorldBatch {
    return { id: this.#ids++, recordCount: made.records.length, ...made, ...untouched }
  }

  makeAnew(batch: WorldBatch, how: Remake): WorldBatch[] {
    const { records, profile, isInvalid, deadlineMs } = batch
    const middle = Math.ceil(records.length / 2)
    const parts = how === 'split' ? [records.slice(0, middle), records.slice(middle)] : [records]
    const compressed = batch.compressed && how === 'split'
    return parts.map(part => {
      const isTooLarge = batch.isTooLarge && part.length > 1 && this.#dice.happens(0.5)
      return this.make({ records: part, profile, isInvalid, isTooLarge, compressed, deadlineMs })
    })
  }
}

/** Milliseconds. Where nobody is in a hurry, more than any world lasts. */
export function deliveryTimeoutOf(dice: Dice, { shortDeadline }: Faults): number {
  if (dice.happens(shortDeadline)) return 50 + dice.below(3_000)
  return shortDeadline > 0 ? usualDeliveryTimeoutMs : longDeliveryTimeoutMs
}

export function profileOf(idempotent: boolean, identity: Identity | null, deliveryTimeoutMs: number): Profile {
  return {
    acks: -1,
    codec: null,
    idempotent,
    idempotenceRequired: false,
    identity,
    timeoutMs: 1_000,
    deliveryTimeoutMs,
    repeatOnStaleMetadata: true
  }
}

export function verdictRulesOf({ profile }: WorldBatch): VerdictRules {
  const mode = modeOf(profile, false)
  return { mode, acks: profile.acks, trustBaseOffset: true, retryUncertain: undefined, repeatOnStaleMetadata: true }
}
