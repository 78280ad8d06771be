// Changes one compiled file while it is loaded.
import type { InitializeHook, LoadHook } from 'node:module'
import type { Plant } from './plants.ts'

const planted: { plant: Plant | null } = { plant: null }

export const initialize: InitializeHook<Plant> = plant => {
  planted.plant = plant
}

/** @throws Error when the place is not there exactly once: the decoder has changed, and the plant must follow */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context)
  const { plant } = planted
  if (plant === null || !url.endsWith(plant.file)) return loaded
  return { ...loaded, source: changed(plant, textOf(loaded.source)) }
}

function changed({ name, file, find, put }: Plant, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`"${name}" fits ${parts.length - 1} places of ${file}, not one`)
  return parts.join(put)
}

function textOf(source: Awaited<ReturnType<LoadHook>>['source']): string {
  if (typeof source === 'string') return source
  return source === undefined ? '' : Buffer.from(source as Uint8Array).toString('utf8')
}
