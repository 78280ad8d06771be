// InitProducerId: an identity for an idempotent or transactional producer.
import { int16, int32, int64, string, type ApiSchema } from './dsl.ts'

export const initProducerId: ApiSchema = {
  name: 'InitProducerId',
  key: 22,
  versions: [1, 5],
  serverVersions: [0, 5],
  flexibleFrom: 2,
  throttleFrom: 1,
  request: {
    transactionalId: string.nullable().doc('Null: idempotent only, and then any broker may be asked.'),
    transactionTimeoutMs: int32.doc(
      'How long a transaction may stay open, milliseconds. Ignored without a transactional id.'
    ),
    producerId: int64.since(3).default(-1n).doc('The identity whose epoch is to be raised (KIP-360); -1: none.'),
    producerEpoch: int16.since(3).default(-1)
  },
  response: {
    throttleTimeMs: int32.default(0).doc('Milliseconds.'),
    errorCode: int16,
    producerId: int64.default(-1n),
    producerEpoch: int16
  }
}
