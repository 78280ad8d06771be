import { Transform, type TransformCallback } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { KeptStreams } from './kept-streams.ts'

/** Gives what it takes in pieces, between brackets, when it is told to; renewed by `reset`, else it gives nothing. */
class Bracketer extends Transform {
  readonly #turns: (() => void)[]
  #renewed = true

  constructor(turns: (() => void)[]) {
    super()
    this.#turns = turns
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#turns.push(() => {
      if (chunk.toString() === 'bad') return done(new Error('it is bad'))
      if (this.#renewed) for (const piece of ['[', chunk.toString(), ']']) this.push(piece)
      this.#renewed = false
      done()
    })
  }

  reset(): void {
    this.#renewed = true
  }
}

function stage(): { streams: KeptStreams<Bracketer>; opened: Bracketer[]; turns: (() => void)[] } {
  const turns: (() => void)[] = []
  const opened: Bracketer[] = []
  const open = (): Bracketer => {
    opened.push(new Bracketer(turns))
    return opened.at(-1)!
  }
  return { streams: new KeptStreams(open, stream => stream.reset()), opened, turns }
}

async function text(frame: Promise<Uint8Array>): Promise<string> {
  return Buffer.from(await frame).toString()
}

/** Of which no fifth can be opened. */
function onlyFour(): { readonly streams: KeptStreams<Bracketer>; readonly turns: (() => void)[] } {
  const turns: (() => void)[] = []
  let opened = 0
  const open = (): Bracketer => {
    if (++opened > 4) throw new Error('no more streams')
    return new Bracketer(turns)
  }
  return { streams: new KeptStreams(open, stream => stream.reset()), turns }
}

describe('kept streams', () => {
  it('work on four at once, and the rest wait for one of these', async () => {
    const { streams, opened, turns } = stage()
    const inputs = ['a', 'b', 'c', 'd', 'e', 'f']
    const frames = inputs.map(input => text(streams.compress(Buffer.from(input))))
    expect([opened.length, turns.length]).toEqual([4, 4])
    // The last first: whose turn it is must not matter.
    while (turns.length > 0) {
      turns.pop()!()
      await Promise.resolve()
    }
    expect(await Promise.all(frames)).toEqual(['[a]', '[b]', '[c]', '[d]', '[e]', '[f]'])
    expect(opened).toHaveLength(4)
  })

  it('give their place to a new one when they fail, and only what they were at fails', async () => {
    const { streams, opened, turns } = stage()
    const frames = ['bad', 'b', 'c', 'd', 'e'].map(input => text(streams.compress(Buffer.from(input))))
    const outcomes = Promise.allSettled(frames)
    turns.shift()!()
    await new Promise(resolve => setImmediate(resolve))
    for (const turn of turns.splice(0)) turn()
    expect(
      (await outcomes).map(outcome => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason)))
    ).toEqual(['Error: it is bad', '[b]', '[c]', '[d]', '[e]'])
    expect(opened).toHaveLength(5)
  })

  // Story: zlib fails in the middle of a write. It destroys its stream, and never calls the write back.
  it('fail what a stream was at when it is destroyed, and the rest goes on', async () => {
    const { streams, opened, turns } = stage()
    const frames = ['a', 'b', 'c', 'd', 'e'].map(input => text(streams.compress(Buffer.from(input))))
    const outcomes = Promise.allSettled(frames)
    opened[0]!.destroy(new Error('out of memory'))
    turns.shift()
    await new Promise(resolve => setImmediate(resolve))
    for (const turn of turns.splice(0)) turn()
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      ...Array.from({ length: 4 }, () => 'fulfilled')
    ])
    await expect(frames[0]).rejects.toThrow('out of memory')
  })

  it('fail what waits for a stream that cannot be opened', async () => {
    const { streams, turns } = onlyFour()
    const frames = ['bad', 'b', 'c', 'd', 'e'].map(input => text(streams.compress(Buffer.from(input))))
    const outcomes = Promise.allSettled(frames)
    turns.shift()!()
    await new Promise(resolve => setImmediate(resolve))
    for (const turn of turns.splice(0)) turn()
    const last = (await outcomes).at(-1)!
    expect(last.status === 'rejected' && String(last.reason)).toBe('Error: no more streams')
  })

  it('fail all that wait when none can be opened any more', async () => {
    const { streams, turns } = onlyFour()
    const frames = ['bad', 'bad', 'bad', 'bad', 'e', 'f', 'g', 'h', 'i', 'j'].map(input =>
      text(streams.compress(Buffer.from(input)))
    )
    const outcomes = Promise.allSettled(frames)
    for (const turn of turns.splice(0)) turn()
    await new Promise(resolve => setImmediate(resolve))
    expect((await outcomes).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'))
  })
})
