// The partition queue in random worlds: whatever happens, what it says of each record is true.
import { describe, expect, test } from 'vitest'
import { explore } from './world/explore.ts'
import { worlds } from './world/worlds.ts'

/** `pnpm explore` takes more. */
const seeds = 40

describe('partition queue in a random world', () => {
  for (const name of Object.keys(worlds)) {
    test(`${name}: nothing lost, doubled or reordered, every outcome true`, () => {
      for (let seed = 1; seed <= seeds; seed++) expect(explore(name, seed), `seed ${seed}`).toEqual([])
    })
  }
})
