// Makes inputs wrong: bits, spans, lengths, counts and tags.
import type { Dice } from './dice.ts'
import type { Span } from './target.ts'

/** No input grows beyond this. */
export const mostInputBytes = 16_384

/** What sizes, counts and ids are when somebody wants to do harm. */
const extremes = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  15,
  16,
  31,
  32,
  61,
  63,
  64,
  127,
  128,
  129,
  255,
  256,
  257,
  1023,
  4096,
  16_383,
  16_384,
  32_767,
  32_768,
  65_535,
  65_536,
  1_048_576,
  2 ** 24,
  2 ** 27,
  2 ** 28 - 1,
  2 ** 28,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 4,
  2 ** 32 - 2,
  2 ** 32 - 1
] as const
const negatives = [-1, -2, -3, -4, -5, -8, -12, -61, -128, -129, -256, -32_768, -65_536, -(2 ** 31)] as const
const interestingBytes = [0x00, 0x01, 0x0f, 0x10, 0x1f, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const

/** Five bytes and more, some too long, some too large by one bit, some without an end. */
const badVarints = [
  'ffffffff0f',
  'ffffffff10',
  'ffffffff1f',
  'ffffffff7f',
  '8080808010',
  '808080808000',
  'ffffffffff',
  'ffffffffff01',
  'ffffffffffffffffff01',
  'ffffffffffffffffff02',
  'ffffffffffffffffff7f',
  '8000',
  '80808000',
  '80'
].map(hex => Buffer.from(hex, 'hex'))

type Mutation = (input: Buffer, dice: Dice) => Buffer

const blind: readonly Mutation[] = [
  flipBit,
  flipBit,
  replaceByte,
  replaceByte,
  truncate,
  removeSpan,
  duplicateSpan,
  insertBytes,
  insertVarint,
  writeInteger,
  swapSpans,
  appendBytes
]

export interface Material {
  readonly dice: Dice
  /** Other inputs, to take pieces from. */
  readonly others: readonly Uint8Array[]
  /** Places of the input whose meaning is known. */
  readonly spans: readonly Span[]
}

/** One to a few mutations: first at places that are known to mean something, from behind, so that the others stay. */
export function mutate(input: Uint8Array, { dice, others, spans }: Material): Buffer {
  let made: Buffer = Buffer.from(input)
  for (const span of somePlaces(spans, dice)) made = atSpan(made, span, dice)
  const blindly = spans.length > 0 ? dice.skewed(2) : 1 + dice.skewed(4)
  for (let left = blindly; left > 0; left--) {
    if (others.length > 0 && dice.chance(0.08)) made = splice(made, dice.pick(others), dice)
    else made = dice.pick(blind)(made, dice)
  }
  return made.length > mostInputBytes ? made.subarray(0, mostInputBytes) : made
}

/** One to three that do not overlap, the last one first. */
function somePlaces(spans: readonly Span[], dice: Dice): Span[] {
  if (spans.length === 0) return []
  const drawn = Array.from({ length: 1 + dice.skewed(2) }, () => dice.pick(spans)).toSorted((a, b) => b.start - a.start)
  return drawn.filter((span, index) => index === 0 || span.end <= drawn[index - 1]!.start)
}

function atSpan(input: Buffer, { start, end, kind }: Span, dice: Dice): Buffer {
  const before = input.subarray(0, start)
  const within = input.subarray(start, end)
  const after = input.subarray(end)
  switch (kind) {
    case 'varint':
      return Buffer.concat([before, wrongVarint(dice), after])
    case 'zigzag':
      return Buffer.concat([before, dice.chance(0.5) ? zigzag(wrongNumber(dice)) : wrongVarint(dice), after])
    case 'fixed':
      return Buffer.concat([before, fixed(wrongNumber(dice), within.length), after])
    case 'little':
      return Buffer.concat([before, Buffer.from(fixed(wrongNumber(dice), within.length).toReversed()), after])
    case 'tags':
      return Buffer.concat([before, dice.chance(0.7) ? moreTags(within, dice) : strayTags(dice), after])
    case 'content':
      return Buffer.concat([before, wrongContent(within, dice), after])
  }
}

function wrongNumber(dice: Dice): number {
  return dice.chance(0.3) ? dice.pick(negatives) : dice.pick(extremes) + dice.between(-1, 1) * dice.below(2)
}

function wrongVarint(dice: Dice): Buffer {
  return dice.chance(0.3) ? dice.pick(badVarints) : uvarint(Math.max(0, dice.pick(extremes) + dice.between(-1, 1)))
}

/** A known list of tags gets another one: unknown, too long, or with a number that fits no varint. */
function moreTags(tags: Buffer, dice: Dice): Buffer {
  const first = tags[0] ?? 0
  if (first >= 0x7f) return strayTags(dice)
  const number = dice.chance(0.3) ? dice.pick(badVarints) : uvarint(dice.pick([0, 1, 2, 3, 4, 7, 9, 100, 2 ** 28]))
  const content = dice.bytes(dice.skewed(12))
  const size = dice.chance(0.7) ? uvarint(content.length) : wrongVarint(dice)
  return Buffer.concat([Buffer.of(first + 1), number, size, content, tags.subarray(1)])
}

function strayTags(dice: Dice): Buffer {
  const parts: Buffer[] = []
  const count = dice.skewed(3)
  for (let left = count; left > 0; left--) {
    const content = dice.bytes(dice.skewed(20))
    parts.push(uvarint(dice.skewed(5)), uvarint(content.length), content)
  }
  return Buffer.concat([dice.chance(0.1) ? wrongVarint(dice) : uvarint(count), ...parts])
}

function wrongContent(content: Buffer, dice: Dice): Buffer {
  if (dice.chance(0.25)) return Buffer.alloc(0)
  if (dice.chance(0.3)) return Buffer.concat([content, content])
  if (dice.chance(0.3)) return Buffer.from('__proto__')
  return content.length > 0 && dice.chance(0.5) ? content.subarray(1) : dice.bytes(content.length)
}

function flipBit(input: Buffer, dice: Dice): Buffer {
  if (input.length > 0) input[dice.below(input.length)]! ^= 1 << dice.below(8)
  return input
}

function replaceByte(input: Buffer, dice: Dice): Buffer {
  if (input.length > 0)
    input[dice.below(input.length)] = dice.chance(0.5) ? dice.pick(interestingBytes) : dice.below(256)
  return input
}

function truncate(input: Buffer, dice: Dice): Buffer {
  return input.subarray(
    0,
    dice.chance(0.5) ? Math.max(0, input.length - 1 - dice.skewed(8)) : dice.below(input.length + 1)
  )
}

function removeSpan(input: Buffer, dice: Dice): Buffer {
  const at = dice.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), input.subarray(at + 1 + dice.skewed(12))])
}

function duplicateSpan(input: Buffer, dice: Dice): Buffer {
  const at = dice.below(input.length + 1)
  const piece = input.subarray(at, at + 1 + dice.skewed(40))
  return Buffer.concat([
    input.subarray(0, at),
    ...Array.from({ length: 1 + dice.skewed(6) }, () => piece),
    input.subarray(at)
  ])
}

function insertBytes(input: Buffer, dice: Dice): Buffer {
  const at = dice.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), dice.bytes(1 + dice.skewed(12)), input.subarray(at)])
}

function insertVarint(input: Buffer, dice: Dice): Buffer {
  const at = dice.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), wrongVarint(dice), input.subarray(at + dice.below(6))])
}

function writeInteger(input: Buffer, dice: Dice): Buffer {
  const number = fixed(wrongNumber(dice), dice.pick([1, 2, 4, 8]))
  input.set(number.subarray(0, Math.max(0, input.length)), dice.below(Math.max(1, input.length - number.length + 1)))
  return input
}

function swapSpans(input: Buffer, dice: Dice): Buffer {
  const cuts = [dice.below(input.length + 1), dice.below(input.length + 1), dice.below(input.length + 1)]
  const [a, b, c] = cuts.toSorted((one, other) => one - other)
  return Buffer.concat([input.subarray(0, a), input.subarray(b, c), input.subarray(a, b), input.subarray(c)])
}

function appendBytes(input: Buffer, dice: Dice): Buffer {
  return Buffer.concat([input, dice.bytes(1 + dice.skewed(32))])
}

function splice(input: Buffer, other: Uint8Array, dice: Dice): Buffer {
  return Buffer.concat([input.subarray(0, dice.below(input.length + 1)), other.subarray(dice.below(other.length + 1))])
}

/** As many bytes as it takes, up to five. */
export function uvarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}

export function zigzag(value: number): Buffer {
  return uvarint(value < 0 ? -2 * value - 1 : 2 * value)
}

/** Big-endian; what does not fit is cut off. */
export function fixed(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width)
  let rest = BigInt.asUintN(width * 8, BigInt(value))
  for (let at = width - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return bytes
}
