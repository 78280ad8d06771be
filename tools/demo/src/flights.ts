// The data set: 231,083 domestic flights from the npm package vega-datasets, as the lines that are sent.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface FlightRecord {
  readonly key: string
  readonly value: string
}

/** The field that is the key: flights of equal distance keep their order. */
export const keyField = 'distance'

/** One JSON line a flight, in the order of the file. */
export function readFlights(): readonly FlightRecord[] {
  const path = fileURLToPath(import.meta.resolve('vega-datasets/data/flights-200k.json'))
  const flights: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!Array.isArray(flights)) throw new Error(`${path} is not a list of flights`)
  return flights.map(flight => ({ key: keyOf(flight, path), value: JSON.stringify(flight) }))
}

function keyOf(flight: unknown, path: string): string {
  if (typeof flight === 'object' && flight !== null && keyField in flight) return String(flight[keyField])
  throw new Error(`A flight in ${path} has no ${keyField}`)
}
