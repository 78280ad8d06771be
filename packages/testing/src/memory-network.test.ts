import { describe, expect, test } from 'vitest'
import type { ByteStream, StreamEvents } from '@sluice/core'
import { ManualClock } from './manual-clock.ts'
import type { MemoryLink } from './memory-link.ts'
import { MemoryNetwork } from './memory-network.ts'
import type { PipeShape } from './memory-pipe.ts'
import { seededRandom } from './seeded-random.ts'
import type { ServerStream } from './server-stream.ts'

class End implements StreamEvents {
  readonly story: string[] = []
  readonly pieces: Buffer[] = []
  stream: ByteStream | undefined

  onOpen(): void {
    this.story.push('open')
  }
  onData(chunk: Uint8Array): void {
    this.pieces.push(Buffer.from(chunk))
  }
  onDrain(): void {
    this.story.push('drain')
  }
  onClose(cause: Error | null): void {
    this.story.push(`close ${cause === null ? 'in order' : cause.message}`)
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1')
  }
  get last(): string | undefined {
    return this.story.at(-1)
  }
}

interface Stage {
  readonly clock: ManualClock
  readonly network: MemoryNetwork
  readonly client: End
  readonly server: End
  readonly serverStream: ServerStream
  readonly link: MemoryLink
}

const address = { host: 'broker-1', port: 9092 }

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

function ignore(): void {}

function makeNetwork(shape: Partial<PipeShape> = {}, seed = 1): { clock: ManualClock; network: MemoryNetwork } {
  const clock = new ManualClock()
  return { clock, network: new MemoryNetwork({ clock, random: seededRandom(seed), shape }) }
}

function connected(shape: Partial<PipeShape> = {}, seed = 1): Stage {
  const { clock, network } = makeNetwork(shape, seed)
  const client = new End()
  const server = new End()
  let serverStream: ServerStream | undefined
  network.listenNow('broker-1', 9092, stream => {
    serverStream = stream
    server.stream = stream
    return server
  })
  client.stream = network.transport().connect(address, client)
  clock.advance(1000)
  return { clock, network, client, server, serverStream: serverStream!, link: network.links[0]! }
}

describe('memory network', () => {
  test('opens, carries both ways and closes, never from inside a call', () => {
    const { clock, network } = makeNetwork()
    const client = new End()
    const server = new End()
    network.listenNow('broker-1', 9092, stream => {
      server.stream = stream
      return server
    })
    client.stream = network.transport().connect(address, client)
    expect(client.story).toEqual([])
    clock.runSoon()
    expect(client.story).toEqual(['open'])

    client.stream.write([bytes('pi'), bytes(''), bytes('ng')], () => client.story.push('flushed'))
    expect(client.story).toEqual(['open'])
    clock.runSoon()
    server.stream!.write([bytes('pong')], ignore)
    clock.runSoon()

    expect(server.text).toBe('ping')
    expect(client.text).toBe('pong')
    expect(client.story).toEqual(['open', 'flushed'])

    client.stream.destroy()
    client.stream.destroy()
    expect(client.story).toHaveLength(2)
    clock.runSoon()
    expect(client.last).toBe('close in order')
    expect(server.last).toBe('close in order')
    expect(server.story).toHaveLength(1)
    expect(network.links).toEqual([])
  })

  test('delivers the same fragments for the same seed, and all bytes in order for any', () => {
    const shape = { latencyMs: [1, 20], pieceBytes: [1, 7], coalesceMs: 3, windowBytes: 64 } as const
    const play = (seed: number): string[] => {
      const { clock, client, server } = connected(shape, seed)
      for (let written = 0; written < 30; written++) {
        client.stream!.write([bytes(`message ${written};`)], ignore)
        clock.advance(written % 4)
      }
      clock.advance(5000)
      expect(server.text).toBe(Array.from({ length: 30 }, (_, index) => `message ${index};`).join(''))
      expect(Math.max(...server.pieces.map(piece => piece.length))).toBeLessThanOrEqual(7)
      return server.pieces.map(piece => piece.toString())
    }

    expect(play(5)).toEqual(play(5))
    expect(play(5)).not.toEqual(play(6))
  })

  test('takes its time', () => {
    const { clock, client, server } = connected({ latencyMs: 25 })
    client.stream!.write([bytes('x')], ignore)

    clock.advance(24)
    expect(server.text).toBe('')
    clock.advance(1)
    expect(server.text).toBe('x')
  })

  test('shows at the receiver memory that was used again before it was flushed', () => {
    const { clock, client, server } = connected()
    const early = bytes('early')
    const late = bytes('later')
    client.stream!.write([early], ignore)
    early.fill(0x21)
    client.stream!.write([late], () => late.fill(0x21))
    clock.runSoon()

    expect(server.text).toBe('!!!!!later')
  })

  test('overwrites a chunk after its reader returned', () => {
    const { clock, client, server } = connected()
    const kept: Uint8Array[] = []
    server.onData = chunk => void kept.push(chunk)
    client.stream!.write([bytes('kept')], ignore)
    clock.runSoon()

    expect([...kept[0]!]).toEqual([0xdb, 0xdb, 0xdb, 0xdb])
  })

  test('says stop when the buffer is full and drain once it is empty', () => {
    const { clock, client, server, serverStream } = connected({ windowBytes: 100, highWaterBytes: 50 })
    serverStream.pause()
    const flushed: number[] = []
    for (let written = 0; written < 4; written++) {
      const room = client.stream!.write([bytes('0123456789'.repeat(3))], () => flushed.push(written))
      expect(room).toBe(written < 2)
      if (written === 0) clock.runSoon()
    }
    clock.runSoon()
    expect(flushed).toEqual([0, 1, 2])
    expect(client.story).toEqual(['open'])

    serverStream.resume()
    clock.runSoon()
    expect(flushed).toEqual([0, 1, 2, 3])
    expect(client.story).toEqual(['open', 'drain'])
    expect(server.text).toHaveLength(120)
  })

  test.each(['to-server', 'to-client'] as const)('cuts %s after exactly so many bytes', direction => {
    const { clock, client, server, link } = connected({ pieceBytes: 3 })
    const [sender, receiver] = direction === 'to-server' ? [client, server] : [server, client]
    sender.stream!.write([bytes('ab')], ignore)
    clock.runSoon()
    link.cutAfter(direction, 5)
    sender.stream!.write([bytes('cdefghij')], ignore)
    clock.runSoon()

    expect(receiver.text).toBe('abcdefg')
    expect(client.last).toMatch(/^close read ECONNRESET/)
    expect(server.last).toMatch(/^close read ECONNRESET/)
  })

  test('cuts before the first byte when told to cut after 0', () => {
    const { clock, client, server, link } = connected()
    link.cutAfter('to-server', 0, 'end')
    clock.runSoon()
    expect(client.last).toBe('open')
    client.stream!.write([bytes('lost')], ignore)
    clock.runSoon()

    expect(server.text).toBe('')
    expect(client.last).toBe('close in order')
  })

  test('never flushes what a closed stream still held', () => {
    const { clock, client, serverStream } = connected({ windowBytes: 10 })
    serverStream.pause()
    let flushed = false
    client.stream!.write([bytes('0123456789abc')], () => {
      flushed = true
    })
    clock.runSoon()
    client.stream!.destroy(new Error('enough'))
    clock.runSoon()

    expect(flushed).toBe(false)
    expect(client.last).toBe('close enough')
  })

  test('sends everything before an end, and nothing more after a reset is seen', () => {
    const { clock, client, server, serverStream } = connected({ latencyMs: 5 })
    serverStream.write([bytes('goodbye')], ignore)
    serverStream.end()
    clock.advance(10)
    expect(client.text).toBe('goodbye')
    expect(client.last).toBe('close in order')
    expect(server.last).toBe('close in order')
  })

  test('brings what is on the wire before the end of the stream', () => {
    const { clock, client, server } = connected({ latencyMs: 50 })
    client.stream!.write([bytes('last words')], ignore)
    clock.runSoon()
    client.stream!.destroy()
    clock.advance(50)

    expect(server.text).toBe('last words')
    expect(server.last).toBe('close in order')
  })

  // As sockets do: seen at Node over loopback.
  test('brings what was flushed to a slow reader after a plain close, and not after one with a cause', () => {
    for (const cause of [undefined, new Error('no answer')]) {
      const { clock, client, server, serverStream } = connected()
      serverStream.pause()
      client.stream!.write([bytes('unread')], ignore)
      clock.runSoon()
      client.stream!.destroy(cause)
      clock.runSoon()
      serverStream.resume()
      clock.runSoon()

      expect(server.text).toBe(cause === undefined ? 'unread' : '')
      expect(server.last).toMatch(cause === undefined ? /in order/ : /ECONNRESET/)
    }
  })

  test('resets at a plain close where something came that was not read', () => {
    const { clock, client, server, serverStream } = connected()
    serverStream.pause()
    const slow = client.stream as ServerStream
    slow.pause()
    client.stream!.write([bytes('question')], ignore)
    serverStream.write([bytes('answer')], ignore)
    clock.runSoon()
    client.stream!.destroy()
    clock.runSoon()
    serverStream.resume()
    clock.runSoon()

    expect(server.text).toBe('')
    expect(server.last).toMatch(/^close read ECONNRESET/)
  })

  test('drops what a paused reader has not read when the connection is reset, and keeps it when it ended', () => {
    for (const how of ['reset', 'end'] as const) {
      const { clock, client, server, serverStream } = connected()
      serverStream.pause()
      client.stream!.write([bytes('unread')], ignore)
      clock.runSoon()
      if (how === 'reset') (client.stream as ServerStream).reset()
      else (client.stream as ServerStream).end()
      clock.runSoon()
      serverStream.resume()
      clock.runSoon()

      expect(server.text).toBe(how === 'reset' ? '' : 'unread')
      expect(server.last).toMatch(how === 'reset' ? /ECONNRESET/ : /in order/)
    }
  })

  test('keeps quiet in a black hole and goes on when it is healed', () => {
    const { clock, client, server, link } = connected({ latencyMs: 2 })
    link.blackHole()
    client.stream!.write([bytes('held')], ignore)
    clock.advance(60_000)
    expect(server.text).toBe('')
    expect(client.last).toBe('open')

    link.heal()
    clock.advance(2)
    expect(server.text).toBe('held')
  })

  test('leaves a half-open connection when one end dies in a black hole', () => {
    const { clock, client, server, link } = connected()
    link.blackHole()
    client.stream!.destroy()
    clock.advance(60_000)
    expect(client.last).toBe('close in order')
    expect(server.story).toEqual([])

    link.heal()
    clock.runSoon()
    expect(server.last).toBe('close in order')
  })

  test('resets a sender whose peer has vanished', () => {
    const { clock, client, link } = connected()
    link.server.vanish()
    clock.advance(1000)
    expect(client.story).toEqual(['open'])
    client.stream!.write([bytes('anybody?')], ignore)
    clock.runSoon()

    expect(client.last).toMatch(/^close read ECONNRESET/)
  })

  test('refuses where nobody listens', () => {
    const { clock, network } = makeNetwork()
    const client = new End()
    network.transport().connect({ host: 'broker-1', port: 9093 }, client)
    clock.runSoon()

    expect(client.story).toEqual(['close connect ECONNREFUSED broker-1:9093'])
    expect(network.links).toEqual([])
  })

  test('hangs while a host is cut off, and connects afterwards', () => {
    const { clock, network, link, client: first } = connected()
    const rejoin = network.isolate('broker-1')
    const client = new End()
    const given = new End()
    network.transport().connect(address, client)
    network.transport().connect(address, given).destroy()
    first.stream!.write([bytes('x')], ignore)
    clock.advance(60_000)
    expect(client.story).toEqual([])
    expect(given.story).toEqual(['close in order'])
    expect(link.open).toBe(true)

    rejoin()
    clock.runSoon()
    expect(client.story).toEqual(['open'])
    expect(network.links).toHaveLength(2)
  })

  test('resolves names as it is told', () => {
    const { clock, network } = makeNetwork()
    network.setName('kafka.test', ['10.0.0.1', '10.0.0.2'])
    network.setName('gone.test', new Error('no such name'))
    const seen: string[] = []
    const transport = network.transport()
    for (const host of ['kafka.test', 'gone.test', 'plain']) {
      transport.resolve!(host, (error, found) => seen.push(error === null ? found.join() : error.message))
    }
    expect(seen).toEqual([])
    clock.runSoon()

    expect(seen).toEqual(['10.0.0.1,10.0.0.2', 'Cannot resolve gone.test: no such name', 'plain'])
  })

  test('lets a client leave before it has arrived', () => {
    const { clock, network } = makeNetwork({ latencyMs: 5 })
    let accepted = 0
    network.listenNow('broker-1', 9092, () => {
      accepted++
      return new End()
    })
    const client = new End()
    network.transport().connect(address, client).destroy()
    clock.advance(100)

    expect(client.story).toEqual(['close in order'])
    expect(accepted).toBe(0)
    expect(network.links).toEqual([])
  })
})
