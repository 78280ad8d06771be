// What the command line accepts, and how it refuses the rest.
import { describe, expect, test } from 'vitest'

import { parseCommand } from './arguments.ts'
import { UsageError } from './failures.ts'
import { defaultVersion } from './versions.ts'

const plainStart = {
  do: 'start',
  name: 'default',
  version: defaultVersion,
  nodes: 1,
  port: null,
  isolated: false,
  properties: {}
}

describe('kafka command line', () => {
  test('asks for help when nothing is asked', () => {
    expect(parseCommand([])).toEqual({ do: 'help' })
    expect(parseCommand(['help'])).toEqual({ do: 'help' })
    expect(parseCommand(['start', '--help'])).toEqual({ do: 'help' })
  })

  test('starts one node of the present release on free ports', () => {
    expect(parseCommand(['start'])).toEqual(plainStart)
  })

  test('starts what the options say', () => {
    const args = 'start --nodes 3 --version 3.9.2 --name old --port 9092 --isolated'.split(' ')
    const properties = ['--property', 'message.max.bytes=2000', '--property', 'ssl.cipher.suites=a=b']
    expect(parseCommand([...args, ...properties])).toEqual({
      do: 'start',
      name: 'old',
      version: '3.9.2',
      nodes: 3,
      port: 9092,
      isolated: true,
      properties: { 'message.max.bytes': '2000', 'ssl.cipher.suites': 'a=b' }
    })
  })

  test('acts on a node of the default cluster or of another', () => {
    expect(parseCommand(['kill', '2'])).toEqual({ do: 'kill', name: 'default', node: 2 })
    expect(parseCommand(['restart', '--name', 'old', '100'])).toEqual({ do: 'restart', name: 'old', node: 100 })
  })

  test('stops one cluster or all', () => {
    expect(parseCommand(['stop'])).toEqual({ do: 'stop', names: ['default'] })
    expect(parseCommand(['stop', '--name', 'old'])).toEqual({ do: 'stop', names: ['old'] })
    expect(parseCommand(['stop', '--all'])).toEqual({ do: 'stop', names: 'all' })
  })

  test('tells about all clusters or one', () => {
    expect(parseCommand(['status'])).toEqual({ do: 'status', names: 'all' })
    expect(parseCommand(['status', '--name', 'old'])).toEqual({ do: 'status', names: ['old'] })
  })

  test.each([
    ['launch', 'Unknown command: launch'],
    ['toString', 'Unknown command: toString'],
    ['start --nodes 0', '--nodes wants a whole number from 1 to 9, not 0'],
    ['start --nodes three', '--nodes wants a whole number from 1 to 9, not three'],
    ['start --nodes 1.5', '--nodes wants'],
    ['start --port 80', '--port wants a whole number from 1024 to 65000, not 80'],
    ['start --version 4.3', 'Not a version of Apache Kafka: 4.3'],
    ['start --version 2.8.2', 'no finished KRaft mode'],
    ['start --property novalue', '--property wants NAME=VALUE, not novalue'],
    ['start --property =x', '--property wants NAME=VALUE'],
    ['start now', 'start does not know what to do with: now'],
    ['start --all', 'start takes no --all'],
    ['start --bogus', "Unknown option '--bogus'"],
    ['kill', 'kill wants the number of a node'],
    ['kill one', 'kill wants a whole number'],
    ['kill 1 2', 'kill does not know what to do with: 2'],
    ['kill 1 --port 9', 'kill takes no --port'],
    ['stop --all --name x', 'stop takes --name or --all, not both']
  ])('refuses: %s', (line, message) => {
    const parse = (): unknown => parseCommand(line.split(' '))
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(message)
  })
})
