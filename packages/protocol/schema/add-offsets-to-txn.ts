// AddOffsetsToTxn: tells the coordinator that a transaction will commit offsets of a group.
import { int16, int32, int64, string, type ApiSchema } from './dsl.ts'

export const addOffsetsToTxn: ApiSchema = {
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: [1, 4],
  serverVersions: [0, 4],
  flexibleFrom: 3,
  throttleFrom: 1,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string
  },
  response: {
    throttleTimeMs: int32.default(0).doc('Milliseconds.'),
    errorCode: int16
  }
}
