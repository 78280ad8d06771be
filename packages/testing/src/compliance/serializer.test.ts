// The suite of serializers passes good serializers, and each of its cases catches one that only it catches.
import type { SerializeContext, Serializer, Sink } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases } from './failed-cases.ts'
import { serializerCompliance, type SerializerSetup } from './serializer.ts'

interface Point {
  x: number
}

function toBytes({ x }: Point): Buffer {
  if (!Number.isInteger(x)) throw new TypeError('no integer')
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(x)
  return bytes
}

function into(point: Point, _context: SerializeContext, out: Sink): boolean {
  out.ensure(4)
  out.position += toBytes(point).copy(out.buffer, out.position)
  return true
}

const examples = [
  { value: 258, bytes: Uint8Array.of(0, 0, 1, 2) },
  { value: -1, bytes: Uint8Array.of(255, 255, 255, 255) }
]

function setupOf(serializer: Serializer<Point>): SerializerSetup<Point> {
  return {
    serializer,
    examples: () => examples.map(({ value, bytes }) => ({ value: { x: value }, bytes })),
    refused: [{ x: 0.5 }]
  }
}

type Call = (point: Point, context: SerializeContext) => unknown
interface More {
  readonly into?: NonNullable<Serializer<Point>['into']>
  readonly prepare?: NonNullable<Serializer<Point>['prepare']>
}

// Some of these are wrong on purpose.
function make(call: Call, more: More = { into }): Serializer<Point> {
  return Object.assign((point: Point, context: SerializeContext) => call(point, context) as Uint8Array, more)
}

const shared = Buffer.alloc(4)
let calls = 0

const withoutBytes: Pick<SerializerSetup<Point>, 'examples'> = {
  examples: () => examples.map(({ value }) => ({ value: { x: value } }))
}

const mutants: Readonly<Record<string, Serializer<Point>>> = {
  'gives bytes or a string, at once': make(
    point => new DataView(toBytes(point).buffer, toBytes(point).byteOffset, 4),
    {}
  ),
  'gives the bytes that are known': make(point => toBytes(point).toReversed(), {}),
  'gives the same bytes for the same value': make(point => toBytes({ x: point.x + (++calls % 2) }), {}),
  'leaves values as they are': make(point => toBytes(Object.assign(point, { done: true }))),
  'never touches a result again': make(point => {
    toBytes(point).copy(shared)
    return shared
  }),
  'refuses wrong values by an Error': make(point => toBytes({ x: Math.trunc(point.x) })),
  'writes into memory the bytes that it gives': make(toBytes, {
    into: ({ x }, context, out) => into({ x: x ^ 1 }, context, out)
  }),
  'writes into memory from the position on': make(toBytes, {
    into: (point, context, out) => {
      const written = into(point, context, out)
      out.buffer[0] = 0
      return written
    }
  }),
  'looks at the memory again after asking for more': make(toBytes, {
    into: (point, _context, out) => {
      const { buffer } = out
      out.ensure(4)
      const memory = buffer.length < out.position + 4 ? out.buffer : buffer
      toBytes(point).copy(memory, out.position)
      out.position += 4
      return true
    }
  }),
  'asks for as much memory as it writes': make(toBytes, {
    into: (point, _context, out) => {
      out.ensure(3)
      out.position += toBytes(point).copy(out.buffer, out.position)
      return true
    }
  }),
  'writes nothing into memory when it says null': make(toBytes, {
    into: (point, context, out) => into(point, context, out) && point.x > 0
  }),
  'prepares for any topic and field, more than once': make(toBytes, {
    prepare: ({ topic }) => {
      if (topic !== 'orders') throw new Error('only orders')
    }
  })
}

describe('serializer compliance', () => {
  it('passes a good serializer', async () => {
    expect(await failedCases(serializerCompliance, setupOf(make(toBytes)))).toEqual([])
  })

  it('passes a function that gives strings and has neither into nor prepare', async () => {
    const text: Serializer<string> = value => value
    const setup: SerializerSetup<string> = {
      serializer: text,
      examples: () => [{ value: 'é', bytes: Buffer.from('é') }, { value: '' }]
    }
    expect(await failedCases(serializerCompliance, setup)).toEqual([])
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(serializerCompliance.map(({ name }) => name))
  })

  for (const [name, mutant] of Object.entries(mutants)) {
    it(`alone catches a serializer of which this is not true: ${name}`, async () => {
      const setup = name.startsWith('gives the same') ? { ...setupOf(mutant), ...withoutBytes } : setupOf(mutant)
      expect(await failedCases(serializerCompliance, setup)).toEqual([name])
    })
  }
})
