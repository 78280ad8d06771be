// The suite of serializers passes good serializers, and each of its cases catches one that only it catches.
import type { SerializeContext, Serializer, Sink } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases, failures } from './failed-cases.ts'
import type { SerializerSetup } from './serializer-stage.ts'
import { serializerCompliance } from './serializer.ts'

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

function truncating({ x }: Point): Buffer {
  return toBytes({ x: Math.trunc(x) })
}

/** One number for whatever was prepared last. */
function lastPrepared(): Serializer<Point> {
  let latest = ''
  return make(({ x }) => toBytes({ x: x + latest.length }), {
    prepare: ({ topic }) => {
      latest = topic
    }
  })
}

interface Broken {
  /** What the serializer does wrong. */
  readonly what: string
  readonly setup: SerializerSetup<Point>
  /** The case that must refuse it, and what it must say. */
  readonly refusedBy: string
  readonly says: string
}

const sameAsGiven = 'writes into memory the bytes that it gives'
const fromPosition = 'writes into memory from the position on'
const refusals = 'refuses wrong values by an Error'
const asTheyAre = 'leaves values as they are'
const notAgain = 'never touches a result again'

const broken: readonly Broken[] = [
  {
    what: 'throws for an example',
    setup: setupOf(
      make(({ x }) => {
        if (x < 0) throw new RangeError('too small')
        return toBytes({ x })
      })
    ),
    refusedBy: 'gives bytes or a string, at once',
    says: 'Serializing { x: -1 } as key threw RangeError: too small'
  },
  {
    what: 'throws for an example in into',
    setup: setupOf(
      make(toBytes, {
        into: () => {
          throw new RangeError('too small')
        }
      })
    ),
    refusedBy: sameAsGiven,
    says: 'Serializing { x: 258 } as value by into threw RangeError: too small'
  },
  {
    what: 'says null by into of whatever it is given',
    setup: setupOf(make(toBytes, { into: () => false })),
    refusedBy: sameAsGiven,
    says: 'is null, where the serializer gives 4 bytes: the value would be lost'
  },
  {
    what: 'forgets to say by into that it has written',
    setup: setupOf(
      make(toBytes, {
        into: (point, context, out) => {
          into(point, context, out)
          // Wrong on purpose.
          return undefined as unknown as boolean
        }
      })
    ),
    refusedBy: sameAsGiven,
    says: 'into gave undefined, neither true nor false'
  },
  {
    what: 'takes the memory for all that lies under its buffer',
    setup: setupOf(
      make(toBytes, {
        into: ({ x }, _context, out) => {
          out.ensure(4)
          new DataView(out.buffer.buffer).setInt32(out.position, x)
          out.position += 4
          return true
        }
      })
    ),
    refusedBy: fromPosition,
    says: 'wrote outside the buffer: its memory begins at byteOffset of buffer.buffer'
  },
  {
    what: 'takes by into what it must refuse',
    setup: setupOf(
      make(toBytes, { into: (point, context, out) => into({ x: truncating(point).readInt32BE() }, context, out) })
    ),
    refusedBy: refusals,
    says: 'Serializing { x: 0.5 } by into did not fail'
  },
  {
    what: 'changes values in into',
    setup: setupOf(
      make(toBytes, { into: (point, context, out) => into(Object.assign(point, { done: true }), context, out) })
    ),
    refusedBy: asTheyAre,
    says: 'was changed by into'
  },
  {
    what: 'gives bytes before they are there',
    setup: setupOf(
      make(point => {
        const bytes = toBytes(point)
        setImmediate(() => bytes.fill(7))
        return bytes
      })
    ),
    refusedBy: notAgain,
    says: 'after later calls'
  },
  {
    what: 'writes into memory once more after into has returned',
    setup: setupOf(
      make(toBytes, {
        into: (point, context, out) => {
          const written = into(point, context, out)
          const { buffer, position } = out
          setImmediate(() => buffer.fill(7, position - 4, position))
          return written
        }
      })
    ),
    refusedBy: notAgain,
    says: 'into wrote into memory after it had returned'
  },
  {
    what: 'goes by what was prepared last',
    setup: { ...setupOf(lastPrepared()), ...withoutBytes },
    refusedBy: 'prepares for any topic and field, more than once',
    says: 'once payments has been prepared too'
  }
]

const mutants: Readonly<Record<string, Serializer<Point>>> = {
  'gives bytes or a string, at once': make(
    point => new DataView(toBytes(point).buffer, toBytes(point).byteOffset, 4),
    {}
  ),
  'gives the bytes that are known': make(point => toBytes(point).toReversed(), {}),
  'gives the same bytes for the same value': make(point => toBytes({ x: point.x + (++calls % 2) }), {}),
  'gives different bytes for different values': make(point => toBytes(point).fill(1), {}),
  'leaves values as they are': make(point => toBytes(Object.assign(point, { done: true }))),
  'never touches a result again': make(point => {
    toBytes(point).copy(shared)
    return shared
  }),
  'refuses wrong values by an Error': make(point => toBytes({ x: Math.trunc(point.x) })),
  'writes into memory the bytes that it gives': make(toBytes, {
    into: ({ x }, context, out) => into({ x: x + 1 }, context, out)
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
    into: (point, context, out) => into(point, context, out) && point.x !== 0
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

  it('passes one that writes some values as null', async () => {
    const nullable: Serializer<Point> = make(toBytes, {
      into: (point, ...rest) => point.x !== 0 && into(point, ...rest)
    })
    expect(await failedCases(serializerCompliance, { ...setupOf(nullable), nulls: [{ x: 0 }] })).toEqual([])
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(serializerCompliance.map(({ name }) => name))
  })

  for (const [name, mutant] of Object.entries(mutants)) {
    it(`alone catches a serializer of which this is not true: ${name}`, async () => {
      const isUnknown = name.startsWith('gives the same') || name.startsWith('gives different')
      const isNullable = name.startsWith('writes nothing')
      const setup = {
        ...setupOf(mutant),
        ...(isUnknown ? withoutBytes : {}),
        ...(isNullable ? { nulls: [{ x: 0 }] } : {})
      }
      expect(await failedCases(serializerCompliance, setup)).toEqual([name])
    })
  }

  for (const { what, setup, refusedBy, says } of broken) {
    it(`${refusedBy}: refuses a serializer that ${what}`, async () => {
      const cases = serializerCompliance.filter(({ name }) => name === refusedBy)
      expect(await failures(cases, setup)).toEqual({ [refusedBy]: expect.stringContaining(says) })
    })
  }
})
