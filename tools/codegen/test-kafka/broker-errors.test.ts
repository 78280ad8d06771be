// Our table of error codes against Kafka's.
import { brokerErrors } from '@sluice/protocol'
import { expect, test } from 'vitest'
import { askOracle } from '../src/oracle.ts'

test("codes, names and advice are those of Kafka's table", () => {
  const theirs: unknown = JSON.parse(askOracle(['errors'])[0]!)
  const ours = brokerErrors.map(({ code, name, retriable, refresh }) => ({ code, name, retriable, refresh }))
  expect(ours).toEqual(theirs)
})
