// Which version is spoken.
import { UnsupportedVersionError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { negotiate } from './api.ts'
import { findCoordinatorApi, metadataApi, produceApi } from './messages/index.ts'

describe('negotiate', () => {
  test.each([
    ['the newest of ours when the broker has it and more', { min: 0, max: 20 }, 13],
    ['the newest of the broker when we have more', { min: 0, max: 9 }, 9],
    ['the only one that both have, our lowest', { min: 0, max: 7 }, 7],
    ['the only one that both have, our highest', { min: 13, max: 99 }, 13]
  ])('takes %s', (_what, broker, version) => {
    expect(negotiate(metadataApi, broker)).toBe(version)
  })

  test('fails with a broker that is too old, and says so', () => {
    expect(() => negotiate(metadataApi, { min: 0, max: 6 })).toThrow(UnsupportedVersionError)
    expect(() => negotiate(metadataApi, { min: 0, max: 6 })).toThrow(
      /Metadata 0 to 6, this client 7 to 13: use a newer broker/
    )
  })

  test('fails with a broker that is too new, and says so', () => {
    expect(() => negotiate(findCoordinatorApi, { min: 7, max: 8 })).toThrow(UnsupportedVersionError)
    expect(() => negotiate(findCoordinatorApi, { min: 7, max: 8 })).toThrow(/newer client/)
  })

  test('fails with a broker that does not have the API', () => {
    expect(() => negotiate(metadataApi, undefined)).toThrow(UnsupportedVersionError)
  })

  test('does not look at the lowest version that a broker says it has of Produce', () => {
    expect(negotiate(produceApi, { min: 0, max: 11 })).toBe(11)
    expect(negotiate(produceApi, { min: 14, max: 15 })).toBe(13)
    expect(() => negotiate(produceApi, { min: 0, max: 6 })).toThrow(UnsupportedVersionError)
  })
})
