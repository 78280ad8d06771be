// What a send is told when no broker can be reached at all.
import { ConnectionError } from '@sluice/core'
import { expect, test } from 'vitest'
import { failureOf, Stage } from './stage.ts'

test('a send that waited in vain for metadata names why no broker answered', async () => {
  const problem = new ConnectionError('port 9093 does not speak TLS', { problem: 'tls-to-plaintext' })
  const transport = {
    connect: () => {
      throw problem
    }
  }
  await using stage = await Stage.set({}, { transport, bufferTimeout: 1_000 })
  const error = await stage.during(failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
  expect(error.message).toMatch(/within bufferTimeout \(1000 ms\): .*does not speak TLS/)
  expect(error.failures[0]).toMatchObject({
    outcome: 'not-persisted',
    error: { code: 'KAFKA_TIMEOUT', limitMs: 1_000, cause: { problem: 'tls-to-plaintext' } }
  })
})
