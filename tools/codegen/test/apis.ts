// Every generated codec by the name of its API, for suites that go through all of them.
import type { Api } from '@sluice/protocol'
import * as protocol from '@sluice/protocol'
import { schemas, within, type ApiSchema, type Fields, type Versions } from '@sluice/protocol/schema'
import * as testing from '@sluice/testing/messages'
import { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from '@sluice/testing/messages'
import type { Struct } from '../src/reference.ts'

/** One direction of one message, as generated for one side. */
export interface Codec {
  /** Such as `ProduceRequest, written by the client`. */
  readonly title: string
  readonly schema: ApiSchema
  readonly kind: 'Request' | 'Response'
  readonly fields: Fields
  readonly versions: Versions
  readonly write?: (value: Struct, version: number) => Uint8Array
  /** Gives what was read and how many bytes were left over. */
  readonly read?: (bytes: Uint8Array, version: number) => readonly [value: Struct, left: number]
}

// The schema and the generated code name the same things: a test below fails if one of them is missing.
const clients = protocol as unknown as Record<string, Api<Struct, Struct> | undefined>
const servers = testing as unknown as Record<string, ServerApi<Struct, Struct> | undefined>

export const codecs: readonly Codec[] = schemas.flatMap(schema => [...clientCodecs(schema), ...serverCodecs(schema)])

export function clientApi(schema: ApiSchema): Api<Struct, Struct> | undefined {
  return clients[`${valueName(schema)}Api`]
}

export function serverApi(schema: ApiSchema): ServerApi<Struct, Struct> | undefined {
  return servers[`${valueName(schema)}Server`]
}

function clientCodecs(schema: ApiSchema): Codec[] {
  const api = clientApi(schema)
  const { name, versions } = schema
  if (api === undefined || versions === null) return []
  return [
    {
      title: `${name}Request, written by the client`,
      schema,
      kind: 'Request',
      fields: within(schema.request, versions),
      versions,
      write: (value, version) => written(writer => api.write(writer, value, version))
    },
    {
      title: `${name}Response, read by the client`,
      schema,
      kind: 'Response',
      fields: within(schema.response, versions),
      versions,
      read: (bytes, version) => readBy(reader => api.read(reader, version), bytes)
    }
  ]
}

function serverCodecs(schema: ApiSchema): Codec[] {
  const api = serverApi(schema)
  const { name, serverVersions: versions } = schema
  if (api === undefined) return []
  return [
    {
      title: `${name}Request, read by the broker`,
      schema,
      kind: 'Request',
      fields: within(schema.request, versions),
      versions,
      read: (bytes, version) => readBy(reader => api.readRequest(reader, version), bytes)
    },
    {
      title: `${name}Response, written by the broker`,
      schema,
      kind: 'Response',
      fields: within(schema.response, versions),
      versions,
      write: (value, version) => written(writer => api.writeResponse(writer, value, version))
    }
  ]
}

function readBy(read: (reader: Reader) => Struct, bytes: Uint8Array): readonly [Struct, number] {
  const reader = new Reader(bytes)
  return [read(reader), reader.remaining]
}

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(16)
  write(writer)
  return Buffer.concat(writer.finish())
}

function valueName(schema: ApiSchema): string {
  return schema.name.charAt(0).toLowerCase() + schema.name.slice(1)
}
