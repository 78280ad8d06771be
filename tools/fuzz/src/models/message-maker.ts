// Makes valid messages by the schema.
import type { Field, Fields, FieldType } from '@sluice/protocol/schema'
import type { Dice } from '../dice.ts'

export type Message = { readonly [field: string]: unknown }

/** Fields that are left out get their defaults. */
export function randomMessage(fields: Fields, version: number, dice: Dice): Message {
  const message: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const { from, to, tag } = field.settings
    if (from > version || version > to || (tag !== null && dice.chance(0.4))) continue
    message[name] = randomValue(field, version, dice)
  }
  return message
}

function randomValue({ settings }: Field, version: number, dice: Dice): unknown {
  const nullable = version >= settings.nullableFrom
  return nullable && dice.chance(0.25) ? null : valueOf(settings.type, version, dice)
}

function valueOf(type: FieldType, version: number, dice: Dice): unknown {
  switch (type.kind) {
    case 'bool':
      return dice.chance(0.5)
    case 'int8':
      return integer(dice, 8)
    case 'int16':
      return integer(dice, 16)
    case 'int32':
      return integer(dice, 32)
    case 'int64':
      return BigInt(integer(dice, 32)) * BigInt(integer(dice, 32))
    case 'uuid':
      return dice
        .bytes(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    case 'string':
      return text(dice)
    case 'bytes':
    case 'records':
      return dice.bytes(dice.skewed(150))
    case 'list':
      return Array.from({ length: dice.skewed(4) }, () => valueOf(type.element, version, dice))
    case 'struct':
      return randomMessage(type.struct.fields, version, dice)
  }
}

function integer(dice: Dice, bits: number): number {
  const most = 2 ** (bits - 1) - 1
  return dice.pick([0, 0, 1, -1, most, -most - 1, dice.between(0, Math.min(most, 200))])
}

const words = [
  '',
  'orders',
  'broker-1',
  '__proto__',
  'constructor',
  'toString',
  'Grüße',
  '東京',
  '😀',
  '\u0000',
  'x'.repeat(130)
]

function text(dice: Dice): string {
  return dice.pick(words)
}
