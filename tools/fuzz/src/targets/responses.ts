// Every answer to every API in every version, its header included.
import * as protocol from '@sluice/protocol'
import { decodeResponse, type Api } from '@sluice/protocol'
import { schemas, within, type ApiSchema } from '@sluice/protocol/schema'
import * as messages from '@sluice/testing/messages'
import { encodeResponse, type ServerApi } from '@sluice/testing/messages'
import { isDeepStrictEqual } from 'node:util'
import { Dice } from '../dice.ts'
import { Finding } from '../finding.ts'
import { randomMessage, type Message } from '../models/message-maker.ts'
import { comparable } from '../models/comparable.ts'
import { readMessage, type Shape } from '../models/message-model.ts'
import { outline, type Probe } from '../probe.ts'
import type { Target } from '../target.ts'

const apiVersionsKey = 18

/** One target for each version that the client speaks. */
export const responseTargets: readonly Target[] = schemas.flatMap(schema => {
  const { versions } = schema
  if (versions === null) return []
  return Array.from({ length: versions[1] - versions[0] + 1 }, (_, index) =>
    responseTarget(schema, versions[0] + index)
  )
})

function responseTarget(schema: ApiSchema, version: number): Target {
  // Generated from the same schema under these names.
  const api = half(protocol, schema, 'Api') as Api<never, Message>
  const server = half(messages, schema, 'Server') as ServerApi<unknown, Message>
  const flexible = version >= schema.flexibleFrom
  // The client's reader knows no field that is in none of its versions.
  const fields = within(schema.response, schema.versions!)
  const shape: Shape = { fields, version, flexible, headerTags: flexible && schema.key !== apiVersionsKey }
  const encode = (message: Message): Buffer =>
    Buffer.concat(encodeResponse(server, version, 7, message).segments).subarray(4)
  const grow = (dice: Dice): Buffer => encode(randomMessage(fields, version, dice))
  return {
    group: `response ${schema.name}`,
    variant: `v${version}`,
    mostMs: 250,
    seeds: () => {
      const dice = new Dice(1, `${schema.name} ${version}`)
      return Array.from({ length: 12 }, () => grow(dice))
    },
    grow,
    spans: input => readMessage(shape, input).spans,
    // Values are made of the input's bytes; only byte strings are copied.
    mostBytes: input => 2 * input.length + 1024,
    run: (input, probe) => judge({ api, shape, encode, probe }, input)
  }
}

interface Case {
  readonly api: Api<never, Message>
  readonly shape: Shape
  readonly encode: (message: Message) => Uint8Array
  readonly probe: Probe
}

function judge({ api, shape, encode, probe }: Case, input: Uint8Array): string {
  const { version } = shape
  const expected = readMessage(shape, input).value
  const { value, error } = probe.attempt(['KAFKA_CORRUPT_FRAME'], () => decodeResponse(api, version, input))
  if (error !== null) {
    if (expected === null) return outline(error)
    throw new Finding('wrong value', `A valid message was refused: ${error.message}`, error)
  }
  if (expected === null) throw new Finding('wrong value', 'Bytes that are not valid were taken for a message')
  const got = comparable(value)
  if (!isDeepStrictEqual(got, expected)) throw new Finding('wrong value', differenceOf(got, expected))
  const again = decodeResponse(api, version, encode(value))
  if (!isDeepStrictEqual(comparable(again), expected))
    throw new Finding('wrong value', 'What was read is not the same after it was written and read again')
  return `message of ${Math.floor(Math.log2(input.length + 1))} ${countOf(expected)}`
}

function differenceOf(got: unknown, expected: unknown): string {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)).slice(0, 400)
  return `Read ${text(got)}, where the bytes say ${text(expected)}`
}

/** How much there is of a message, roughly. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 1
  for (const each of Object.values(value)) count += countOf(each)
  return Math.floor(Math.log2(count))
}

function half(home: object, { name }: ApiSchema, suffix: 'Api' | 'Server'): unknown {
  const found: unknown = Reflect.get(home, `${name.charAt(0).toLowerCase()}${name.slice(1)}${suffix}`)
  if (found === undefined) throw new Error(`There is no codec of ${name}`)
  return found
}
