// Draws from a seeded source: numbers, members of lists, shuffles.
import type { Random } from '@sluice/core'

/** A whole number from `least` to `most`, both included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

export function oneOf<T>(random: Random, list: readonly T[]): T {
  const member = list[Math.floor(random() * list.length)]
  if (member === undefined) throw new Error('There is nothing to draw from')
  return member
}

export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map(member => ({ member, place: random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ member }) => member)
}
