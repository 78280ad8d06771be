// Requests as they leave and responses as they come, headers included.
import { CorruptFrameError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { apiVersionsApi, initProducerIdApi, metadataApi, produceApi, saslHandshakeApi } from '../messages/index.ts'
import { decodeResponse, encodeRequest, readCorrelationId, type Frame } from './headers.ts'

/** Bytes written in groups, one for each field. */
function hex(groups: string): string {
  return groups.replaceAll(' ', '')
}

function sent(frame: Frame): string {
  return Buffer.concat(frame.segments).toString('hex')
}

describe('a request', () => {
  test('of a version that is not flexible has header 1', () => {
    const frame = encodeRequest(saslHandshakeApi, 1, 0x0102_0304, 'me', { mechanism: 'PLAIN' })
    expect(sent(frame)).toBe(hex('00000013 00110001 01020304 00026d65 0005504c41494e'))
    expect(frame.bytes).toBe(23)
  })

  test('of a flexible version has header 2, whose client id is not compact', () => {
    const frame = encodeRequest(apiVersionsApi, 3, 7, 'me', { clientSoftwareName: 'x', clientSoftwareVersion: '1' })
    expect(sent(frame)).toBe(hex('00000012 00120003 00000007 00026d65 00 0278 0231 00'))
  })

  test('may have no client id', () => {
    expect(sent(encodeRequest(saslHandshakeApi, 1, 0, null, { mechanism: '' }))).toBe(
      hex('0000000c 00110001 00000000 ffff 0000')
    )
  })

  test('counts record batches in its length and keeps large ones by reference', () => {
    const batch = new Uint8Array(2000)
    const topics = [{ name: 't', partitions: [{ index: 0, records: batch }] }]
    const frame = encodeRequest(produceApi, 7, 1, null, { acks: -1, timeoutMs: 30_000, topics })
    const bytes = Buffer.concat(frame.segments)
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
    expect(frame.bytes).toBe(bytes.length)
    expect(frame.segments).toContain(batch)
  })

  test('has its length even when its head outgrows the first buffer', () => {
    const topics = Array.from({ length: 100 }, (_, index) => ({
      name: `a-rather-long-topic-name-${index}`,
      partitions: [{ index, records: new Uint8Array(1025).fill(index) }]
    }))
    const frame = encodeRequest(produceApi, 9, 1, 'client', { acks: 1, timeoutMs: 1, topics })
    const bytes = Buffer.concat(frame.segments)
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
    expect(frame.segments.length).toBe(201)
  })
})

describe('a response', () => {
  test('of a version that is not flexible has header 0', () => {
    const frame = Buffer.from(hex('00000009 0000 00000001 0005504c41494e'), 'hex')
    expect(readCorrelationId(frame)).toBe(9)
    expect(decodeResponse(saslHandshakeApi, 1, frame)).toEqual({ errorCode: 0, mechanisms: ['PLAIN'] })
  })

  test('of a flexible version has header 1, whose tagged fields are skipped', () => {
    const body = hex('00000064 0000 0000000000000007 0003 00')
    const expected = { throttleTimeMs: 100, errorCode: 0, producerId: 7n, producerEpoch: 3 }
    expect(decodeResponse(initProducerIdApi, 2, Buffer.from(`0000000100${body}`, 'hex'))).toEqual(expected)
    expect(decodeResponse(initProducerIdApi, 4, Buffer.from(`00000001010501aa${body}`, 'hex'))).toEqual(expected)
  })

  test('to ApiVersions has header 0 in every version', () => {
    const frame = Buffer.from(hex('00000001 0000 02 0000 0003 000d 00 00000000 00'), 'hex')
    expect(decodeResponse(apiVersionsApi, 3, frame)).toMatchObject({
      errorCode: 0,
      apiKeys: [{ apiKey: 0, minVersion: 3, maxVersion: 13 }],
      finalizedFeaturesEpoch: -1n
    })
  })

  test('may be followed by bytes that nobody asked for', () => {
    const frame = Buffer.from(hex('00000009 0000 00000000 ffff'), 'hex')
    expect(decodeResponse(saslHandshakeApi, 1, frame)).toEqual({ errorCode: 0, mechanisms: [] })
  })

  test('that is corrupt says of which API and version it is', () => {
    const frame = Buffer.from(hex('00000009 00000000 7fffffff'), 'hex')
    expect(() => decodeResponse(metadataApi, 8, frame)).toThrow(CorruptFrameError)
    expect(() => decodeResponse(metadataApi, 8, frame)).toThrow(/^Metadata response, version 8: .*2147483647 elements/)
  })

  test('too short for a correlation id is corrupt', () => {
    expect(() => readCorrelationId(new Uint8Array([0, 0, 1]))).toThrow(CorruptFrameError)
  })
})
