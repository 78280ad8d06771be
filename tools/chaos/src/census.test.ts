import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Census } from './census.ts'

const census = new Census()
const counted = (): object => ({ sockets: census.sockets, timers: census.timers })
const nothing = { sockets: 0, timers: 0 }

describe('a census', () => {
  test('counts a socket that is idle and does not keep the process alive, until it is closed', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.unref()
    expect(census.sockets).toBe(1)
    socket.destroy()
    await once(socket, 'close')
    expect(counted()).toEqual(nothing)
    server.close()
    await once(server, 'close')
  })

  test('counts a socket that could not be connected, until it is closed', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const socket = connect(port, '127.0.0.1')
    expect(census.sockets).toBe(1)
    await expect(once(socket, 'close')).rejects.toThrow('ECONNREFUSED')
    await once(socket, 'close')
    expect(counted()).toEqual(nothing)
  })

  test('counts a timer until it has run', async () => {
    await new Promise<void>(resolve => {
      census.clock.after(1, resolve)
      expect(census.timers).toBe(1)
    })
    expect(counted()).toEqual(nothing)
  })

  test('tells the file that set a timer', () => {
    const timer = census.clock.after(60_000, () => undefined)
    expect(census.timersOf.get('census.test')).toBe(1)
    timer.cancel()
    expect(census.timersOf.get('census.test')).toBe(0)
  })

  test('tells how few there were since it was asked last, though nobody looked then', () => {
    const first = census.clock.after(60_000, () => undefined)
    census.takeLows()
    first.cancel()
    const second = census.clock.after(60_000, () => undefined)
    const third = census.clock.after(60_000, () => undefined)
    expect(census.takeLows()).toEqual(nothing)
    expect(census.takeLows()).toEqual({ sockets: 0, timers: 2 })
    second.cancel()
    third.cancel()
  })

  test('counts a timer that does not keep the process alive, until it is cancelled, and once', () => {
    const timer = census.clock.after(60_000, () => undefined)
    timer.unref()
    expect(census.timers).toBe(1)
    timer.cancel()
    timer.cancel()
    expect(counted()).toEqual(nothing)
  })
})
