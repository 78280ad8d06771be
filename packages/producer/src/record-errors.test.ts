import { describe, expect, test } from 'vitest'
import { ClosedError } from '@sluice/core'
import { brokerError } from '@sluice/protocol'
import { recordErrors } from './record-errors.ts'

const refused = brokerError(32, { topic: 'orders', partition: 3, outcome: 'not-persisted' })

describe('errors of records', () => {
  test('one is named: it gets the code of the batch, the others may be sent again', () => {
    const { shared, blamed } = recordErrors(refused, [{ index: 1, message: 'too old' }], 3)
    expect([...blamed.keys()]).toEqual([1])
    const place = { topic: 'orders', partition: 3, outcome: 'not-persisted', cause: refused }
    expect(blamed.get(1)).toMatchObject({ ...place, errorCode: 32, retriable: false })
    expect(blamed.get(1)!.message).toMatch(/too old/)
    expect(shared).toMatchObject({ ...place, errorCode: 32, retriable: true })
    expect(shared.message).toMatch(/another record of its batch was refused/)
  })

  test('several are named: each is an invalid record, for the code of the batch need not be about it', () => {
    const blame = [0, 2, 2].map(index => ({ index, message: null }))
    const { shared, blamed } = recordErrors(refused, blame, 3)
    expect([...blamed].map(([index, error]) => [index, error])).toMatchObject([
      [0, { errorCode: 87 }],
      [2, { errorCode: 87 }]
    ])
    expect(shared.message).toMatch(/2 other records/)
  })

  test.each([-1, 3])('place %s, which the batch does not have, clears nobody', index => {
    const { shared, blamed } = recordErrors(refused, [{ index, message: 'what' }], 3)
    expect([shared, blamed.size]).toEqual([refused, 0])
  })

  test("an end that no broker gave is everybody's", () => {
    const closed = new ClosedError('closed')
    expect(recordErrors(closed, [{ index: 0, message: null }], 1)).toEqual({ shared: closed, blamed: new Map() })
  })
})
