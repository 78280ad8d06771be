// From the smallest batch to sizes that no number of 32 bits holds.
import { expect, test } from 'vitest'
import { powerOfTwo } from './power-of-two.ts'

const powers = Array.from({ length: 31 }, (_, index) => 2 ** (index + 1))

test.each(powers)('%i is its own; one byte more takes twice as much, and so does all up to there', size => {
  expect([size, size + 1, 1.5 * size, 2 * size].map(powerOfTwo)).toEqual([size, 2 * size, 2 * size, 2 * size])
})
