// What a connection makes of a `resolve` of somebody else's that does what ours does not.
import type { Callback, Transport } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { attempt, type Attempt } from './beginnings.ts'
import { Stage } from './stage.ts'
import { catchAllUncaught } from './uncaught.ts'

/** What a transport in JavaScript may do, whatever the types say. */
type Resolve = (host: string, callback: (error: unknown, ips?: unknown) => void, stage: Stage) => unknown

function resolving(resolve: Resolve): Attempt {
  const stage = new Stage()
  const transport: Transport = {
    connect: stage.transport.connect,
    resolve: (host, callback: Callback<readonly string[]>) =>
      resolve(host, (...given) => Reflect.apply(callback, undefined, given), stage) as void
  }
  return attempt(stage, { transport })
}

function tried({ stage }: Attempt): (string | undefined)[] {
  return stage.streams.map(({ address }) => address.ip)
}

describe('a resolve that gives no list of addresses', () => {
  test.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['one address, not in a list', '10.0.0.1', '"10.0.0.1"'],
    ['a list with what is no address', ['10.0.0.1', null], 'null at [1]'],
    ['a list with an empty address', [''], '"" at [0]'],
    ['what `lookup` of node:dns gives', [{ address: '10.0.0.1', family: 4 }], 'an object at [0]']
  ])('but %s: the attempt fails, and says so', (_what, ips, shown) => {
    const { error, stage } = resolving((_host, callback, { clock }) => clock.soon(() => callback(null, ips)))
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'unresolvable', retriable: true })
    expect(error()!.message).toBe(
      `kafka-1 cannot be resolved: resolve of the transport must give a list of addresses (strings), and gave ${shown}`
    )
    expect([stage.streams, stage.clock.pendingTimers]).toEqual([[], 0])
  })

  test('a list is taken, though it comes with undefined in place of no error', () => {
    const made = resolving((_host, callback, { clock }) => clock.soon(() => callback(undefined, ['10.0.0.1'])))
    expect(tried(made)).toEqual(['10.0.0.1'])
  })
})

describe('a resolve that calls back', () => {
  test('before it has returned: the attempt begins when it has', () => {
    let opened = 0
    const made = resolving((_host, callback, stage) => {
      callback(null, ['10.0.0.1'])
      opened = stage.streams.length
    })
    expect([opened, tried(made)]).toEqual([0, ['10.0.0.1']])
  })

  test('twice: what it says first counts', () => {
    const made = resolving((_host, callback, { clock }) => {
      clock.soon(() => callback(null, ['10.0.0.1']))
      clock.after(100, () => callback(null, ['10.0.0.2']))
      clock.after(100, () => callback(new Error('away')))
    })
    made.stage.clock.advance(200)
    made.stage.negotiate()
    expect([tried(made), made.connection.state]).toEqual([['10.0.0.1'], 'ready'])
  })

  test('later, and throws at once: what it says first counts', () => {
    const made = resolving((_host, callback, { clock }) => {
      clock.soon(() => callback(null, ['10.0.0.1']))
      throw new Error('away')
    })
    made.stage.clock.runSoon()
    expect([tried(made), made.error()?.message]).toEqual([[], 'kafka-1 cannot be resolved: away'])
  })
})

describe('a resolve that is an async function', () => {
  test('and calls back is as good as any', async () => {
    const made = resolving(async (_host, callback) => callback(null, ['10.0.0.1']))
    await made.stage.settle()
    expect(tried(made)).toEqual(['10.0.0.1'])
  })

  test('and fails: the attempt fails, and the process does not', async () => {
    const uncaught = catchAllUncaught()
    const { stage, error } = resolving(async () => {
      throw new Error('the service registry is away')
    })
    await stage.settle()
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'unresolvable' })
    expect(error()!.message).toBe('kafka-1 cannot be resolved: the service registry is away')
    expect(await uncaught.end()).toEqual([])
  })
})

test.each([
  ['', () => ['10.0.0.1']],
  [' in a promise', async () => ['10.0.0.1']]
])('a resolve that returns its list%s: the attempt says that it must call back', async (_how, resolve) => {
  const { stage, error } = resolving(resolve)
  await stage.settle()
  expect(error()!.message).toBe(
    'kafka-1 cannot be resolved: resolve of the transport must call back with its list of addresses, and returned it'
  )
})
