import { describe, expect, test } from 'vitest'
import { RecordOwners } from './record-owners.ts'
import type { SendOperation } from './send-operation.ts'

interface Told {
  readonly call: string
  readonly indexes: readonly number[]
  readonly offset: bigint
}

/** Calls by name, and what they are told. */
class Calls {
  readonly told: Told[] = []
  readonly #byName = new Map<string, SendOperation>()

  call(name: string): SendOperation {
    let call = this.#byName.get(name)
    if (call === undefined) {
      const delivered: SendOperation['delivered'] = (_topic, _partition, indexes, from, to, offset) => {
        this.told.push({ call: name, indexes: indexes.slice(from, to), offset })
      }
      // What is asked of it here.
      call = { delivered } as Partial<SendOperation> as SendOperation
      this.#byName.set(name, call)
    }
    return call
  }

  nameOf(call: SendOperation): string {
    return [...this.#byName].find(([, known]) => known === call)![0]
  }
}

const table: readonly (readonly [what: string, records: readonly string[], runs: readonly string[]])[] = [
  ['nobody', [], []],
  ['calls of one message', ['a0', 'b0', 'c0'], ['a0', 'b0', 'c0']],
  ['one call of many', ['a0', 'a1', 'a2'], ['a0 1 2']],
  ['the later part of a call', ['a5'], ['a5']],
  ['a call of which other partitions have a part', ['a1', 'a4', 'b0'], ['a1 4', 'b0']],
  ['calls of one message, then one of many', ['a0', 'b0', 'c0', 'c1', 'd0'], ['a0', 'b0', 'c0 1', 'd0']],
  ['calls of one message, then the later part of one', ['a0', 'b0', 'c7', 'd0'], ['a0', 'b0', 'c7', 'd0']],
  ['a call that comes back: its serializer sent another', ['a0', 'b0', 'a1'], ['a0', 'b0', 'a1']]
]

describe.each(table)('the records of %s', (_what, records, runs) => {
  function owned(): { calls: Calls; owners: RecordOwners; firsts: readonly boolean[] } {
    const calls = new Calls()
    const owners = new RecordOwners()
    const firsts = records.map(([name = '', ...index]) => owners.add(calls.call(name), Number(index.join(''))))
    return { calls, owners, firsts }
  }

  test('each record is of its call', () => {
    const { calls, owners, firsts } = owned()
    const seen: string[] = []
    owners.each((call, index, place) => seen.push(`${place}: ${calls.nameOf(call)}${index}`))
    expect(seen).toEqual(records.map((record, place) => `${place}: ${record}`))
    const startsRun = new Set(runs.map(run => run.split(' ')[0]))
    expect(firsts).toEqual(records.map(record => startsRun.has(record)))
  })

  test('each call is found, and no other', () => {
    const { calls, owners } = owned()
    const names = new Set(records.map(([name = '']) => name))
    for (const name of names) expect(owners.includes(calls.call(name))).toBe(true)
    expect(owners.includes(calls.call('stranger'))).toBe(false)
    expect(owners.every(call => names.has(calls.nameOf(call)))).toBe(true)
    expect(owners.every(call => calls.nameOf(call) !== 'a')).toBe(!names.has('a'))
  })

  test('each call is told where its records are', () => {
    const { calls, owners } = owned()
    owners.deliver('orders', 3, 100n, -1n)
    expect(calls.told.map(({ call, indexes }) => call + indexes.join(' '))).toEqual(runs)
    let offset = 100n
    for (const { offset: told, indexes } of calls.told) {
      expect(told).toBe(offset)
      offset += BigInt(indexes.length)
    }
  })

  test('where a broker does not say where the batch begins, none is told', () => {
    const { calls, owners } = owned()
    owners.deliver('orders', 3, -1n, -1n)
    expect(calls.told.map(({ offset }) => offset)).toEqual(runs.map(() => -1n))
  })
})
