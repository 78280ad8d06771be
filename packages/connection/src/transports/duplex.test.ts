import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { duplex } from './duplex.ts'

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
