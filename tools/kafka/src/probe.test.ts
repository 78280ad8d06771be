// Reading a broker's answer to the probe, also when it is not one.
import { describe, expect, test } from 'vitest'

import { readView } from './probe.ts'

const string = (text: string): Buffer => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const none = Buffer.from([0xff, 0xff])

describe('probe', () => {
  test('finds the brokers in ascending order and the controller', () => {
    const brokers = [3, 1].flatMap(id => [
      number(id),
      string('127.0.0.1'),
      number(9092),
      id === 1 ? none : string('rack')
    ])
    const frame = Buffer.concat([number(0), number(1), number(2), ...brokers, number(3), number(0)])
    expect(readView(frame)).toEqual({ brokers: [1, 3], controller: 3 })
  })

  test('makes nothing of half an answer', () => {
    expect(readView(Buffer.concat([number(0), number(1), number(2), number(1)]))).toBeNull()
  })
})
