// Chance as it comes in from outside: the only room that calls Math.random.

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number

export const systemRandom: Random = () => Math.random()
