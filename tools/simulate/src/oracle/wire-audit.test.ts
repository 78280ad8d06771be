// The oracle's model of what may be on the wire, each rule broken once.
import { describe, expect, test } from 'vitest'
import type { Attempt } from '../wire/attempt.ts'
import type { ProducedPart } from '../wire/messages.ts'
import { valueOf } from '../wire/naming.ts'
import { Claims } from './claims.ts'
import { WireAudit } from './wire-audit.ts'

const requestTimeoutMs = 1_000

class Wire {
  readonly claims = new Claims()
  readonly #audit: WireAudit
  #order = 0

  constructor(firstSequence = 0) {
    this.#audit = new WireAudit(this.claims, requestTimeoutMs, firstSequence)
  }

  send(atMs: number, sequence: number, records: readonly number[], more: Partial<Attempt> = {}): Attempt {
    const attempt: Attempt = {
      connection: 1,
      host: 'broker-1',
      atMs,
      order: this.#order++,
      log: 'orders-0',
      topic: 'orders',
      partition: 0,
      acks: -1,
      version: 12,
      producerId: 7,
      epoch: 0,
      sequence,
      count: records.length,
      crc: records[0]! * 31 + records.length,
      codec: 0,
      records,
      fate: 'flying',
      errorCode: 0,
      baseOffset: -1,
      fateMs: atMs,
      ...more
    }
    const part = partOf(attempt)
    this.#audit.onAttempt(attempt, part, [part])
    return attempt
  }

  told(attempt: Attempt, fate: Attempt['fate'], fateMs: number): void {
    Object.assign(attempt, { fate, fateMs })
    this.#audit.onFate(attempt)
  }

  get broken(): string[] {
    return this.claims.violations.map(violation => violation.id)
  }
}

function partOf({ topic, partition, producerId, epoch, sequence, count, crc, codec, records }: Attempt): ProducedPart {
  const decoded = records.map((number, offsetDelta) => {
    const value = valueOf({ number, topic: 'orders', partition: 0 }, 0)
    return { offsetDelta, timestamp: 0, key: null, value, headers: 0 }
  })
  const batch = {
    baseOffset: 0,
    producerId,
    epoch,
    sequence,
    count,
    crc,
    codec,
    intact: true,
    appendTimeMs: null,
    bytes: 0,
    records: decoded
  }
  return { topic, partition, batch }
}

describe('wire audit', () => {
  test('one in flight until an answer proves that the broker knows us, five then', () => {
    const wire = new Wire()
    const first = wire.send(0, 0, [0])
    wire.told(first, 'acked', 10)
    for (let i = 1; i <= 5; i++) wire.send(11, i, [i])
    expect(wire.broken).toEqual([])
    wire.send(12, 6, [6])
    expect(wire.broken).toEqual(['I10', 'I10'])

    const early = new Wire()
    early.send(0, 0, [0])
    early.send(1, 1, [1])
    expect(early.broken).toEqual(['I10'])
  })

  test('a proof is of one connection', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0]), 'acked', 10)
    wire.send(11, 1, [1], { connection: 2 })
    wire.send(12, 2, [2], { connection: 2 })
    expect(wire.broken).toEqual(['I10'])
  })

  test('what may be written keeps its bytes', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0, 1]), 'uncertain', 10)
    wire.send(20, 0, [0, 1])
    expect(wire.broken).toEqual([])
    wire.told(wire.send(30, 0, [5, 6], { connection: 3 }), 'flying', 30)
    expect(wire.broken).toContain('I8')
  })

  test('what was refused may be sent in other bytes, under the same sequence', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0, 1]), 'refused', 10)
    wire.send(20, 0, [0])
    expect(wire.broken).toEqual([])
  })

  test('a record that may be written never comes under another identity', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0]), 'uncertain', 10)
    wire.send(20, 0, [0], { epoch: 1 })
    expect(wire.broken).toEqual(['I8'])
  })

  test('out of order proves nothing before the quarantine is over', () => {
    for (const { toldMs, broken } of [
      { toldMs: 500, broken: ['I8'] },
      { toldMs: 10 + requestTimeoutMs, broken: [] }
    ]) {
      const wire = new Wire()
      wire.told(wire.send(0, 0, [0]), 'uncertain', 10)
      wire.told(wire.send(400, 0, [0]), 'out-of-order', toldMs)
      wire.send(2_000, 0, [0], { epoch: 1 })
      expect(wire.broken).toEqual(broken)
    }
  })

  test('no sequence is left out: behind what was refused comes nothing', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0]), 'acked', 10)
    wire.told(wire.send(20, 1, [1]), 'refused', 30)
    wire.send(40, 2, [2])
    expect(wire.broken).toEqual(['I14'])

    const probe = new Wire()
    probe.told(probe.send(0, 0, [0]), 'acked', 10)
    probe.told(probe.send(20, 1, [1]), 'uncertain', 30)
    probe.send(40, 2, [2])
    expect(probe.broken).toEqual([])
  })

  test('an acknowledgement behind a refusal settles nothing: both are sent again', () => {
    const wire = new Wire()
    wire.told(wire.send(0, 0, [0]), 'acked', 10)
    for (const lost of [1, 2, 3].map(number => wire.send(20, number, [number]))) wire.told(lost, 'uncertain', 30)
    wire.told(wire.send(40, 1, [1], { connection: 2 }), 'acked', 50)
    const [first, second] = [2, 3].map(number => wire.send(60, number, [number], { connection: 2 }))
    wire.told(first!, 'out-of-order', 70)
    wire.told(second!, 'acked', 70)
    wire.told(wire.send(80, 2, [2], { connection: 2 }), 'acked', 90)
    wire.told(wire.send(100, 3, [3], { connection: 2 }), 'acked', 110)
    expect(wire.broken).toEqual([])
    wire.send(120, 3, [3], { connection: 2 })
    expect(wire.broken).toEqual(['I14'])
  })

  test('sequences go round: 0 comes behind 2^31 - 1', () => {
    const last = 2 ** 31 - 1
    const wire = new Wire(last)
    wire.told(wire.send(0, last, [0]), 'acked', 10)
    wire.told(wire.send(20, 0, [1]), 'acked', 30)
    expect(wire.broken).toEqual([])
    wire.send(40, 2, [2])
    expect(wire.broken).toEqual(['I14'])
  })
})
