// Chance that can be repeated: the same seed gives the same numbers everywhere.
import type { Random } from '@sluice/core'

/**
 * Numbers from 0 (included) to 1 (excluded), decided by the seed (any finite number) alone. 32 bits of state, enough for
 * schedules, useless for secrets.
 *
 * @see Tommy Ettinger's mulberry32, public domain
 */
export function seededRandom(seed: number): Random {
  let state = scramble(seed)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

// Seeds 1, 2, 3 ... must not give streams that resemble each other.
function scramble(seed: number): number {
  if (!Number.isFinite(seed)) throw new RangeError(`A seed must be a finite number, not ${seed}`)
  const high = Math.floor(seed / 4_294_967_296)
  let mixed = (seed ^ Math.imul(high, 0x85ebca6b)) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
