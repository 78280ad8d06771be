import { misfits } from '@sluice/plants'
import { describe, expect, it } from 'vitest'
import { scenarios } from '../scenarios/index.ts'
import { shiftedCount } from '../world/producer-class.ts'
import { plants } from './plants/index.ts'

describe('planted bugs', () => {
  it('each fit exactly one place of the compiled code', async () => {
    const complaints = await Promise.all(
      plants.map(async ({ name, changes }) => (await misfits(changes)).map(complaint => `${name}: ${complaint}`))
    )
    expect(complaints.flat()).toEqual([])
  })

  it('leave a place for sequences that begin elsewhere, without a bug', async () => {
    expect(await misfits([shiftedCount])).toEqual([])
  })

  it('have names of their own, and scenarios that exist', () => {
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
    const ids = new Set(scenarios.map(({ id }) => id))
    expect(plants.filter(plant => !plant.scenarios.every(id => ids.has(id))).map(({ name }) => name)).toEqual([])
  })

  it('are of every class that semantics 4.6 has', () => {
    const classes = new Set(plants.map(plant => plant.class))
    expect(classes.size).toBe(7)
    expect(plants.length).toBeGreaterThanOrEqual(28)
  })
})
