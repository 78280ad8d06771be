// Headers as a broker sees them.
import { apiVersionsApi, decodeResponse, encodeRequest, metadataApi, Reader, saslHandshakeApi } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import {
  apiVersionsServer,
  encodeResponse,
  metadataServer,
  readRequestHeader,
  saslHandshakeServer,
  type ServerApi
} from './index.ts'

const known = new Map<number, ServerApi<unknown, never>>([
  [metadataServer.key, metadataServer],
  [apiVersionsServer.key, apiVersionsServer],
  [saslHandshakeServer.key, saslHandshakeServer]
])

/** A request as a broker gets it, without its length prefix. */
function received(frame: { readonly segments: readonly Uint8Array[] }): Reader {
  return new Reader(Buffer.concat(frame.segments), 4)
}

describe('a request header', () => {
  test.each([
    ['that is not flexible', 8],
    ['that is flexible', 12]
  ])('of a version %s is read up to the request', (_what, version) => {
    const topics = [{ name: 'orders' }]
    const reader = received(encodeRequest(metadataApi, version, 42, 'me', { topics }))
    const header = readRequestHeader(reader, key => known.get(key))
    expect(header).toEqual({ apiKey: 3, apiVersion: version, correlationId: 42, clientId: 'me' })
    expect(metadataServer.readRequest(reader, version).topics).toMatchObject(topics)
    expect(reader.remaining).toBe(0)
  })

  test('of an API that the broker lacks is read as far as it is known', () => {
    const reader = received(encodeRequest(metadataApi, 12, 42, null, { topics: null }))
    expect(readRequestHeader(reader, () => undefined)).toEqual({
      apiKey: 3,
      apiVersion: 12,
      correlationId: 42,
      clientId: null
    })
  })
})

describe('a response', () => {
  test('has the header that the client expects', () => {
    const handshake = encodeResponse(saslHandshakeServer, 1, 5, { errorCode: 33, mechanisms: ['PLAIN'] })
    expect(decodeResponse(saslHandshakeApi, 1, Buffer.concat(handshake.segments).subarray(4))).toEqual({
      errorCode: 33,
      mechanisms: ['PLAIN']
    })
    const metadata = encodeResponse(metadataServer, 12, 6, { brokers: [], topics: [], clusterId: 'c' })
    expect(decodeResponse(metadataApi, 12, Buffer.concat(metadata.segments).subarray(4))).toMatchObject({
      clusterId: 'c',
      controllerId: -1
    })
    const versions = encodeResponse(apiVersionsServer, 4, 7, {
      errorCode: 0,
      apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 13 }]
    })
    expect(decodeResponse(apiVersionsApi, 4, Buffer.concat(versions.segments).subarray(4)).apiKeys).toHaveLength(1)
  })

  test('has its length before it', () => {
    const frame = encodeResponse(saslHandshakeServer, 0, 5, { errorCode: 0, mechanisms: [] })
    expect(Buffer.concat(frame.segments).toString('hex')).toBe('0000000a00000005000000000000')
    expect(frame.bytes).toBe(14)
  })
})
