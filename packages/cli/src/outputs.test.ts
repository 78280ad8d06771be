import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { writerTo } from './outputs.ts'

describe('an output', () => {
  it.each([
    ['whose reader has gone, such as head, disturbs nobody', 'EPIPE', []],
    ['that cannot be written is told of', 'ENOSPC', ['write ENOSPC']]
  ])('%s', async (_, code, expected) => {
    const told: string[] = []
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code }))
    })
    const write = writerTo(stream, error => told.push(error.message))
    write('one')
    write('another')
    await new Promise(resolve => {
      stream.once('close', resolve)
    })
    write('one more')
    expect(told).toEqual(expected)
  })
})
