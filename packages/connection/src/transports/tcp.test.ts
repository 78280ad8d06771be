// TCP over loopback: what a connection relies on, with real sockets.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { ByteStream, StreamEvents, Transport } from '@sluice/core'
import { afterEach, describe, expect, test } from 'vitest'
import { duplex } from './duplex.ts'
import { tcp } from './tcp.ts'

const open: (Server | Socket)[] = []

afterEach(() => {
  for (const one of open.splice(0)) {
    if ('listen' in one) one.close()
    else one.destroy()
  }
})

function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    open.push(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  open.push(server)
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Records what a stream tells, and lets a test wait for it. */
class Ear implements StreamEvents {
  readonly chunks: Buffer[] = []
  readonly story: string[] = []
  readonly #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []

  onOpen(): void {
    this.tell('open')
  }
  onData(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk))
    this.tell('data')
  }
  onDrain(): void {
    this.tell('drain')
  }
  onClose(cause: Error | null): void {
    const code: unknown = cause === null ? null : Reflect.get(cause, 'code')
    this.tell(cause === null ? 'close' : `close ${typeof code === 'string' ? code : cause.message}`)
  }

  tell(what: string): void {
    this.story.push(what)
    for (const { done, resolve } of this.#waiting) if (done()) resolve()
  }

  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting.push({ done, resolve })
    })
  }

  get closed(): boolean {
    return this.story.some(what => what.startsWith('close'))
  }
}

interface Opened {
  readonly ear: Ear
  readonly stream: ByteStream
}

async function connected(port: number, transport: Transport = tcp()): Promise<Opened> {
  const ear = new Ear()
  const stream = transport.connect({ host: 'localhost', port, ip: '127.0.0.1' }, ear)
  expect(ear.story).toEqual([])
  await ear.until(() => ear.story.length > 0)
  return { ear, stream }
}

function echo(socket: Socket): void {
  socket.pipe(socket)
}

const ignore = (): void => {}

describe.each([
  ['tcp', () => tcp()],
  ['duplex over a socket that is connecting', () => duplex(address => tcp().open(address))],
  ['duplex over a promise of one', () => duplex(async address => tcp().open(address))]
])('%s', (_name, make) => {
  test('opens, carries bytes both ways in gathered writes, and says when it let go of them', async () => {
    const { ear, stream } = await connected(await listen(echo), make())
    let flushed = 0
    const segments = [Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]
    expect(stream.write(segments, () => flushed++)).toBe(true)
    await ear.until(() => Buffer.concat(ear.chunks).length === 13)
    expect([Buffer.concat(ear.chunks).toString(), flushed]).toEqual(['one two three', 1])
    stream.destroy()
    await ear.until(() => ear.closed)
    expect([ear.story[0], ear.story.at(-1)]).toEqual(['open', 'close'])
  })

  test('says false when the socket is full, drain when it has room, and carries every byte', async () => {
    let held: Socket | undefined
    let received = 0
    const { ear, stream } = await connected(
      await listen(socket => {
        held = socket
        socket.pause()
        socket.on('data', chunk => {
          received += chunk.length
          ear.tell('received')
        })
        socket.pause()
      }),
      make()
    )
    const large = Buffer.alloc(1_000_000, 7)
    let written = 0
    do written++
    while (stream.write([large], ignore) && written < 100)
    expect(written).toBeLessThan(100)
    expect(ear.story).not.toContain('drain')
    held!.resume()
    await ear.until(() => ear.story.includes('drain') && received === written * large.length)
    stream.destroy()
    await ear.until(() => ear.closed)
  })

  test('a refused connection closes with its reason', async () => {
    const port = await listen(ignore)
    for (const server of open.splice(0)) if ('listen' in server) server.close()
    const { ear } = await connected(port, make())
    await ear.until(() => ear.closed)
    expect(ear.story).toEqual(['close ECONNREFUSED'])
  })

  test('the other side closing closes without a reason, after its last bytes', async () => {
    const { ear } = await connected(await listen(socket => socket.end('bye')), make())
    await ear.until(() => ear.closed)
    expect([Buffer.concat(ear.chunks).toString(), ear.story.at(-1)]).toEqual(['bye', 'close'])
  })

  test('destroyed before it is open it closes once, and never opens', async () => {
    const port = await listen(ignore)
    const ear = new Ear()
    const stream = make().connect({ host: 'localhost', port, ip: '127.0.0.1' }, ear)
    stream.destroy(new Error('enough'))
    stream.destroy()
    await ear.until(() => ear.closed)
    expect(ear.story).toEqual(['close enough'])
  })

  test('what was handed over before an orderly close still arrives', async () => {
    let text = ''
    const { ear, stream } = await connected(
      await listen(socket => {
        socket.on('data', chunk => {
          text += chunk.toString()
        })
        socket.on('end', () => ear.tell('ended'))
      }),
      make()
    )
    await new Promise<void>(resolve => {
      stream.write([Buffer.from('last words')], resolve)
    })
    stream.destroy()
    await ear.until(() => ear.story.includes('ended'))
    expect(text).toBe('last words')
  })
})

describe('tcp', () => {
  test('closing with a cause resets, so that the broker forgets what it has not read', async () => {
    let code: unknown
    const { ear, stream } = await connected(
      await listen(socket => {
        socket.on('error', error => {
          code = Reflect.get(error, 'code')
          ear.tell('reset')
        })
      })
    )
    stream.destroy(new Error('no answer'))
    await ear.until(() => ear.story.includes('reset'))
    expect([code, ear.story.includes('close no answer')]).toEqual(['ECONNRESET', true])
  })

  test('lets go within the write of what the system takes at once, and of what has to wait later, in order', async () => {
    let held: Socket | undefined
    const { ear, stream } = await connected(await listen(socket => void (held = socket.pause())))
    const flushed: number[] = []
    let written = 0
    const write = (bytes: number): boolean => {
      const number = ++written
      return stream.write([Buffer.alloc(bytes)], () => {
        flushed.push(number)
        ear.tell('flushed')
      })
    }
    write(100)
    expect(flushed).toEqual([1])
    while (write(1_000_000));
    expect(flushed).not.toContain(written)
    held!.resume()
    await ear.until(() => flushed.includes(written))
    expect(flushed).toEqual(Array.from({ length: written }, (_, at) => at + 1))
    stream.destroy()
    await ear.until(() => ear.closed)
  })

  test('reads into one buffer again and again', async () => {
    const chunks: Uint8Array[] = []
    const port = await listen(echo)
    const ear = new Ear()
    const stream = tcp().connect(
      { host: 'localhost', port, ip: '127.0.0.1' },
      {
        onOpen: () => ear.onOpen(),
        onData: chunk => {
          chunks.push(chunk)
          ear.onData(chunk)
        },
        onDrain: ignore,
        onClose: cause => ear.onClose(cause)
      }
    )
    await ear.until(() => ear.story.includes('open'))
    stream.write([Buffer.from('first')], ignore)
    await ear.until(() => chunks.length === 1)
    stream.write([Buffer.from('again')], ignore)
    await ear.until(() => chunks.length === 2)
    expect(chunks[0]!.buffer).toBe(chunks[1]!.buffer)
    stream.destroy()
    await ear.until(() => ear.closed)
  })

  test('resolves names to all of their addresses, and addresses to themselves', async () => {
    const resolve = (host: string): Promise<readonly string[] | string> =>
      new Promise(done => {
        tcp().resolve!(host, (error, found) => done(error === null ? found : `${error.code} ${error.message}`))
      })
    expect(await resolve('127.0.0.1')).toEqual(['127.0.0.1'])
    expect(await resolve('::1')).toEqual(['::1'])
    expect(await resolve('localhost')).toContain('127.0.0.1')
    expect(await resolve('no-such-name.invalid')).toMatch(/^KAFKA_CONNECTION Cannot resolve no-such-name\.invalid/)
  })
})

describe('duplex', () => {
  test('a function that fails closes the stream with what it threw', async () => {
    const ear = new Ear()
    duplex(() => {
      throw new Error('no proxy')
    }).connect({ host: 'a', port: 1 }, ear)
    await ear.until(() => ear.closed)
    expect(ear.story).toEqual(['close no proxy'])
  })

  test('a stream that comes after it was given up is destroyed', async () => {
    let late: Socket | undefined
    let deliver: (() => void) | undefined
    const port = await listen(ignore)
    const ear = new Ear()
    const stream = duplex(
      address =>
        new Promise<Socket>(resolve => {
          late = tcp().open(address) as Socket
          deliver = () => resolve(late!)
        })
    ).connect({ host: 'localhost', port, ip: '127.0.0.1' }, ear)
    stream.destroy()
    await ear.until(() => ear.closed)
    const gone = new Promise(resolve => {
      late!.on('close', resolve)
    })
    deliver!()
    await gone
    expect(late!.destroyed).toBe(true)
  })
})
