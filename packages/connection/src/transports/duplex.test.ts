import { Duplex } from 'node:stream'
import type { Transport } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { catchAllUncaught } from '../../test/uncaught.ts'
import { duplex } from './duplex.ts'
import { tls } from './tls.ts'

/** Every event of a connection, until nothing more can come. */
async function storyOf(transport: Transport): Promise<string[]> {
  const story: string[] = []
  transport.connect(
    { host: 'broker', port: 9092 },
    {
      onOpen: () => story.push('open'),
      onData: () => story.push('data'),
      onDrain: () => story.push('drain'),
      onClose: cause => story.push(`close: ${cause?.message}`)
    }
  )
  // oxlint-disable-next-line no-await-in-loop -- one turn after another
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  return story
}

/** Takes everything and says nothing. */
function silentTunnel(): Duplex {
  return new Duplex({ autoDestroy: false, read: () => undefined, write: (_chunk, _encoding, done) => done() })
}

const ends: readonly (readonly [how: string, end: (tunnel: Duplex) => void, says: string])[] = [
  ['closed', tunnel => void tunnel.destroy(), 'The tunnel is closed already'],
  ['broken', tunnel => void tunnel.on('error', () => {}).destroy(new Error('the proxy is gone')), 'the proxy is gone'],
  ['ended', tunnel => void tunnel.resume().push(null), 'The tunnel is closed already']
]

describe.each([
  ['duplex()', (tunnel: Duplex) => duplex(() => tunnel)],
  ['tls() over duplex()', (tunnel: Duplex) => tls(true, { over: duplex(() => tunnel) })]
])('%s', (_name, over) => {
  test.each(ends)('a tunnel that is %s before it could be used closes the stream, once', async (_how, end, says) => {
    const tunnel = silentTunnel()
    end(tunnel)
    await new Promise(setImmediate)
    expect(await storyOf(over(tunnel))).toEqual([`close: ${says}`])
    expect(tunnel.destroyed).toBe(true)
  })

  test.each(ends)('a tunnel that is %s at this moment closes the stream, once', async (_how, end) => {
    const tunnel = silentTunnel()
    const story = storyOf(over(tunnel))
    end(tunnel)
    expect((await story).filter(what => what !== 'open')).toEqual([expect.stringMatching(/^close: /)])
    expect(tunnel.destroyed).toBe(true)
  })
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a half', { on: () => {}, destroy: () => {} }]
])('what gives %s in place of a tunnel closes the stream with an error that says so', async (_what, given) => {
  // What a program without types may give.
  const open = (): Duplex => given as Duplex
  const says = ['close: What opens the tunnel gave no stream of Node: it must give a Duplex, or a promise of one']
  expect(await storyOf(duplex(open))).toEqual(says)
  expect(await storyOf(tls(true, { over: duplex(open) }))).toEqual(says)
})

test('a tunnel that calls back when it has queued a chunk never has it written over', async () => {
  const queued: Buffer[] = []
  const tunnel = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      queued.push(chunk)
      done()
    }
  })
  const ignore = (): undefined => undefined
  const stream = await new Promise<ReturnType<ReturnType<typeof duplex>['connect']>>(resolve => {
    const opening = duplex(() => tunnel).connect(
      { host: 'broker', port: 9092 },
      { onOpen: () => resolve(opening), onData: ignore, onDrain: ignore, onClose: ignore }
    )
  })
  const memory = Buffer.from('first request')
  await new Promise<void>(resolve => void stream.write([memory.subarray(0, 5), memory.subarray(5)], resolve))
  memory.fill('x')
  expect(Buffer.concat(queued).toString()).toBe('first request')
  stream.destroy()
})

// Story: the system says at once that there is no way to an address, as without an IPv6 route. Node tells that in the tick
// before what awaits the socket goes on, and nobody had listened: the process ended.
test('a tunnel that breaks before it was looked at closes the stream, and nothing is uncaught', async () => {
  const uncaught = catchAllUncaught()
  const open = (): Duplex => {
    const tunnel = silentTunnel()
    process.nextTick(() => void tunnel.destroy(new Error('no route')))
    return tunnel
  }
  const story = await new Promise<string[]>((resolve, reject) => {
    // From a macrotask, as when an address was looked up.
    setImmediate(() => {
      storyOf(duplex(open)).then(resolve, reject)
    })
  })
  expect([story, await uncaught.end()]).toEqual([['close: no route'], []])
})

test('a tunnel that breaks with what is no error closes the stream, with an error', async () => {
  const tunnel = silentTunnel()
  const story = storyOf(duplex(() => tunnel))
  await new Promise(setImmediate)
  tunnel.emit('error', 'closed by proxy')
  tunnel.destroy()
  expect((await story).filter(what => what !== 'open')).toEqual(['close: closed by proxy'])
})
