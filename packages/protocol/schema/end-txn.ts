// EndTxn: commits or aborts a transaction.
import { bool, int16, int32, int64, string, type ApiSchema } from './dsl.ts'

export const endTxn: ApiSchema = {
  name: 'EndTxn',
  key: 26,
  versions: [1, 5],
  serverVersions: [0, 5],
  flexibleFrom: 3,
  throttleFrom: 1,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: bool.doc('True commits, false aborts.')
  },
  response: {
    throttleTimeMs: int32.default(0).doc('Milliseconds.'),
    errorCode: int16,
    producerId: int64.since(5).default(-1n).doc('The identity of the next transaction (KIP-890).'),
    producerEpoch: int16.since(5).default(-1)
  }
}
