// Null in a version that has no null.
import { InvalidArgumentError } from '@sluice/core'
import { expect, test } from 'vitest'
import { metadataApi } from '../messages/index.ts'
import { Writer } from './writer.ts'

test('a null that the version cannot express is refused, and written where it can', () => {
  const request = { topics: [{ name: null, topicId: '00112233-4455-6677-8899-aabbccddeeff' }] }
  expect(() => metadataApi.write(new Writer(), request, 9)).toThrow(InvalidArgumentError)
  expect(() => metadataApi.write(new Writer(), request, 9)).toThrow(/^name cannot be null/)
  expect(() => metadataApi.write(new Writer(), request, 12)).not.toThrow()
})
