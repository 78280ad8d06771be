// Reading a broker's answer to the probe, also when it is not one.
import { describe, expect, test } from 'vitest'

import { readView } from './probe.ts'

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values)
const int32 = (value: number): Buffer => {
  const four = Buffer.alloc(4)
  four.writeInt32BE(value)
  return four
}
const string = (text: string): Buffer => Buffer.concat([bytes(0, text.length), Buffer.from(text)])
const list = (...items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
const none = bytes(0xff, 0xff)

const broker = (id: number, rack: Buffer): Buffer => Buffer.concat([int32(id), string('127.0.0.1'), int32(9092), rack])
const partition = (index: number, leader: number): Buffer =>
  Buffer.concat([bytes(0, 0), int32(index), int32(leader), list(int32(3), int32(1)), list(int32(3))])
const topic = (error: number, ...partitions: readonly Buffer[]): Buffer =>
  Buffer.concat([bytes(0, error), string('orders'), bytes(0), list(...partitions)])

function answer(...topics: readonly Buffer[]): Buffer {
  const brokers = list(broker(3, string('rack')), broker(1, none))
  return Buffer.concat([int32(0), int32(1), int32(0), brokers, string('cluster'), int32(3), list(...topics)])
}

describe('probe', () => {
  test('finds the brokers in ascending order and the controller', () => {
    expect(readView(answer())).toEqual({ brokers: [1, 3], controller: 3, topic: null })
  })

  test('finds the leaders and replicas of a topic by partition', () => {
    const view = readView(answer(topic(0, partition(1, -1), partition(0, 3))))
    expect(view?.topic).toEqual([
      { leader: 3, replicas: [3, 1] },
      { leader: -1, replicas: [3, 1] }
    ])
  })

  test('takes an unknown topic for none', () => {
    expect(readView(answer(topic(3)))).toMatchObject({ controller: 3, topic: null })
  })

  test('makes nothing of part of an answer', () => {
    const whole = answer(topic(0, partition(0, 3)))
    for (let length = 0; length < whole.length; length++) expect(readView(whole.subarray(0, length))).toBeNull()
  })
})
