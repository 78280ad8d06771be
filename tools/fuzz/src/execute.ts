// One execution of a target, with everything that is checked after each.
import type { MaybePromise } from '@sluice/core'
import type { Allocations } from './allocations.ts'
import { Finding } from './finding.ts'
import { Probe } from './probe.ts'
import type { Target } from './target.ts'

const before = 13
const behind = 32
const guard = 0xee

const prototypes = [Object.prototype, Array.prototype, Function.prototype].map((prototype: object) => ({
  prototype,
  keys: Reflect.ownKeys(prototype).length
}))

/**
 * Runs the input inside a larger buffer, as frames lie in chunks, so that reading beside it shows.
 *
 * @returns what happened, in a few words
 * @throws Finding
 */
export function execute(target: Target, input: Uint8Array, allocations: Allocations): MaybePromise<string> {
  const room = Buffer.alloc(before + input.length + behind, guard)
  room.set(input, before)
  const view = room.subarray(before, before + input.length)
  const probe = new Probe(allocations)
  const ended = (happened: string): string => {
    checkAfter(target, input, room, probe)
    return happened
  }
  const happened = target.run(view, probe)
  return typeof happened === 'string' ? ended(happened) : happened.then(ended)
}

function checkAfter(target: Target, input: Uint8Array, room: Buffer, { bytes, elapsedMs }: Probe): void {
  if (room.compare(input, 0, input.length, before, before + input.length) !== 0)
    throw new Finding('input changed', 'the input is not what it was')
  if (room[before - 1] !== guard || room[before + input.length] !== guard)
    throw new Finding('input changed', 'bytes beside the input were changed')
  const mostBytes = target.mostBytes(input)
  if (bytes > mostBytes)
    throw new Finding('memory', `${bytes} bytes were asked for, where ${mostBytes} are enough for the input`)
  if (elapsedMs > target.mostMs) throw new Finding('slow', `${elapsedMs.toFixed(0)} ms, more than ${target.mostMs}`)
  const polluted = prototypes.find(({ prototype, keys }) => Reflect.ownKeys(prototype).length !== keys)
  if (polluted === undefined) return
  throw new Finding(
    'pollution',
    `a prototype has a new property: ${String(Reflect.ownKeys(polluted.prototype).at(-1))}`
  )
}
