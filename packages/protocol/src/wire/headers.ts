// The frame around a message: length, header and, on the way back, the correlation id.
import type { Buffer } from 'node:buffer'
import { CorruptFrameError } from '@sluice/core'
import type { Api } from '../api.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Ready for the socket: the 4-byte length prefix, the header, the message. Large record batches are segments of their own. */
export interface Frame {
  readonly segments: readonly Uint8Array[]
  /** The length prefix included. */
  readonly bytes: number
}

const apiVersionsKey = 18

/**
 * | bytes      | header 1                                     |
 * | ---------- | -------------------------------------------- |
 * | int16      | API key                                      |
 * | int16      | version                                      |
 * | int32      | correlation id                               |
 * | string?    | client id, its length an int16 in every case |
 *
 * A flexible version has header 2, with tagged fields at its end.
 *
 * @param room where the frame may be, with all batches that fit; not to be touched until the frame is of no more use
 */
export function encodeRequest<Request>(
  api: Api<Request, unknown>,
  version: number,
  correlationId: number,
  clientId: string | null,
  request: Request,
  room?: Buffer
): Frame {
  const writer = new Writer(room)
  writer.int32(0)
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  writer.nullableString(clientId, false)
  if (version >= api.flexibleFrom) writer.noTags()
  api.write(writer, request, version)
  return finishFrame(writer)
}

/** Makes a frame of what a writer has, whose first four bytes are kept free for the length. */
export function finishFrame(writer: Writer): Frame {
  const bytes = writer.bytes
  const segments = writer.finish()
  const first = segments[0]!
  const length = bytes - 4
  first[0] = length >>> 24
  first[1] = length >>> 16
  first[2] = length >>> 8
  first[3] = length
  return { segments, bytes }
}

/** @param frame without its length prefix @throws CorruptFrameError */
export function readCorrelationId(frame: Uint8Array): number {
  if (frame.length < 4) throw new CorruptFrameError(`A frame of ${frame.length} bytes has no correlation id`)
  return (frame[0]! << 24) | (frame[1]! << 16) | (frame[2]! << 8) | frame[3]!
}

/**
 * Skips the header and reads the response. Bytes after it are tolerated.
 *
 * @param frame without its length prefix
 * @throws CorruptFrameError
 */
export function decodeResponse<Response>(api: Api<never, Response>, version: number, frame: Uint8Array): Response {
  const reader = new Reader(frame)
  try {
    reader.int32()
    // The answer to ApiVersions never has tagged fields in its header: a client must be able to read it before it knows the broker (KIP-511).
    if (version >= api.flexibleFrom && api.key !== apiVersionsKey) reader.skipTags()
    return api.read(reader, version)
  } catch (cause) {
    if (!(cause instanceof CorruptFrameError)) throw cause
    throw new CorruptFrameError(`${api.name} response, version ${version}: ${cause.message}`, { cause })
  }
}
