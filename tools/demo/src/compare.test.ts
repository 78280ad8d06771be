import { describe, expect, it } from 'vitest'
import { checksum, compare, type ReadBack } from './compare.ts'
import { readFlights, type FlightRecord } from './flights.ts'

const record = (key: string, value: string): FlightRecord => ({ key, value })
const sent = [record('1', 'a'), record('2', 'b'), record('1', 'c'), record('1', 'c')]
const placeOf = (key: string): number => Number(key) % 2
const right = (): Map<number, FlightRecord[]> =>
  new Map([
    [1, [sent[0]!, sent[2]!, sent[3]!]],
    [0, [sent[1]!]]
  ])
const broken = (read: ReadBack): string[] =>
  compare(sent, read, placeOf).flatMap(({ what, holds }) => (holds ? [] : [what]))

describe('comparing what was sent with what was read', () => {
  it('finds no difference where there is none, in whatever order the partitions were read', () => {
    expect(broken(right())).toEqual([])
    expect(broken(new Map([...right()].toReversed()))).toEqual([])
  })

  it('finds a lost record', () => {
    expect(broken(right().set(0, []))).toEqual(['count', 'order', 'checksum'])
  })

  it('finds a doubled record', () => {
    expect(broken(right().set(0, [sent[1]!, sent[1]!]))).toEqual(['count', 'checksum'])
  })

  it('finds two records that changed places, which the checksum cannot', () => {
    expect(broken(right().set(1, [sent[2]!, sent[0]!, sent[3]!]))).toEqual(['order'])
  })

  it('finds a changed value', () => {
    expect(broken(right().set(0, [record('2', 'B')]))).toEqual(['order', 'checksum'])
  })

  it('finds a key in the wrong partition', () => {
    expect(broken(new Map([[1, [sent[0]!, sent[2]!, sent[3]!, sent[1]!]]]))).toEqual(['keys', 'order'])
  })

  it('finds a key that was never sent', () => {
    expect(broken(right().set(0, [record('4', 'b')]))).toEqual(['keys', 'order', 'checksum'])
  })
})

describe('checksum', () => {
  it('is that of the sorted lines, as a shell computes it', () => {
    // printf '2\tb\n1\ta\n' | LC_ALL=C sort | sha256sum
    expect(checksum([sent[1]!, sent[0]!])).toBe('d8cc943c9829fce3b80307654c57229ec9a4a46a30a5a832f66be540402fe667')
  })
})

describe('the flights', () => {
  it('are 231,083, each with a key', () => {
    const flights = readFlights()
    expect(flights).toHaveLength(231_083)
    expect(flights[0]).toEqual({ key: '405', value: '{"delay":14,"distance":405,"time":0.016666666666666666}' })
    expect(new Set(flights.map(({ key }) => key)).size).toBe(302)
  })
})
