// What a message codec is on the broker's side, and the headers there.
import { finishFrame, Writer, type Frame, type Reader, type VersionRange } from '@sluice/protocol'

/** The broker's half of one Kafka API: how its request is read and its response written. */
export interface ServerApi<Request, Response> {
  readonly key: number
  readonly name: string
  /** As wide as those of a current broker. */
  readonly versions: VersionRange
  /** The first version with compact lengths and tagged fields; 32767 if there is none. */
  readonly flexibleFrom: number
  /** Fields that the version lacks get their defaults. @throws CorruptFrameError */
  readRequest(reader: Reader, version: number): Request
  /** Fields that the version lacks are left out; fields that the response lacks get their defaults. */
  writeResponse(writer: Writer, response: Response, version: number): void
}

export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

const apiVersionsKey = 18

/**
 * Reads header 1 or 2, up to the first byte of the request.
 *
 * @param find the API with this key; undefined if there is none, and then only the header's fixed part is read
 * @throws CorruptFrameError
 */
export function readRequestHeader(
  reader: Reader,
  find: (apiKey: number) => ServerApi<unknown, never> | undefined
): RequestHeader {
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.nullableString(false)
  const api = find(apiKey)
  if (api !== undefined && apiVersion >= api.flexibleFrom) reader.skipTags()
  return { apiKey, apiVersion, correlationId, clientId }
}

/** The answer to a request, ready for the socket: length, header 0 or 1, response. */
export function encodeResponse<Response>(
  api: ServerApi<unknown, Response>,
  version: number,
  correlationId: number,
  response: Response
): Frame {
  const writer = new Writer()
  writer.int32(0)
  writer.int32(correlationId)
  // The answer to ApiVersions never has tagged fields in its header: a client must be able to read it before it knows the broker (KIP-511).
  if (version >= api.flexibleFrom && api.key !== apiVersionsKey) writer.noTags()
  api.writeResponse(writer, response, version)
  return finishFrame(writer)
}
