import { describe, expect, it } from 'vitest'
import { readArguments } from '../src/arguments.ts'
import { cells } from '../src/cells.ts'
import { peerNames } from '../src/peers.ts'
import { makeMessages, parseMessages } from '../src/messages.ts'

describe('arguments', () => {
  it('mean all cells and all peers when nothing is said', () => {
    expect(readArguments([])).toMatchObject({ cells, peers: peerNames, node: 24, rounds: 5, kafka: null })
  })

  it('name cells with stars', () => {
    const chosen = readArguments(['--', '--cells', 'seq1/*/zstd,tls'])
    expect(chosen?.cells.map(({ name }) => name)).toEqual(['seq1/100B/zstd', 'seq1/1KiB/zstd', 'tls'])
  })

  it('trade precision for time', () => {
    const times = ['--warm-ms', '50', '--measure-ms', '70', '--latency-ms', '0']
    expect(readArguments(['--quick', ...times])).toMatchObject({ warmMs: 50, measureMs: 70, latencyMs: 0, rounds: 3 })
    expect(readArguments([])).toMatchObject({ warmMs: 1000, measureMs: 2000, latencyMs: 1000 })
  })

  it.each([
    [['--warm-ms', '0'], /--warm-ms is 1 to 600000/],
    [['--cells', 'seq7'], /No cell is called seq7/],
    [['--peers', 'ours,nobody'], /No peer is called nobody/],
    [['--rounds', '0'], /--rounds is 1 to 100/],
    [['--nodes', '3'], /--nodes goes with --kafka/],
    [['--node', '20'], /--node is 22 or 24/],
    [['--add'], /--add goes with --json/],
    [['--from', 'a.json'], /--from goes with --docs/],
    [['--section', 'kafka-1'], /--section goes with --docs/],
    [['--docs', '--from', 'a.json,b.json', '--section', 'kafka-1'], /--section goes with one file/],
    [['--kafka', '--nodes', '2'], /--nodes is 1 or 3/]
  ])('%j are refused', (argv, message) => {
    expect(() => readArguments(argv)).toThrow(message)
  })
})

describe('cells', () => {
  it('have a name each, and the whole grid is there', () => {
    expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length)
    expect(cells.filter(({ name }) => name.includes('/'))).toHaveLength(40)
  })
})

describe('messages', () => {
  it('have the size that was asked for, are JSON, and come back from their file', () => {
    const messages = makeMessages(50, 100)
    expect(new Set(messages.map(({ value }) => value.length))).toEqual(new Set([100]))
    expect(() => messages.map(({ value }) => JSON.parse(value) as unknown)).not.toThrow()
    expect(parseMessages(messages.map(({ key, value }) => `${key}\t${value}\n`).join(''))).toEqual(messages)
  })
})
