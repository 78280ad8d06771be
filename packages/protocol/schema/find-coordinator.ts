// FindCoordinator: which broker looks after a group or a transactional id.
import { int16, int32, int8, list, string, type ApiSchema } from './dsl.ts'

export const findCoordinator: ApiSchema = {
  name: 'FindCoordinator',
  key: 10,
  versions: [2, 6],
  serverVersions: [0, 6],
  flexibleFrom: 3,
  throttleFrom: 2,
  request: {
    key: string.until(3).doc('A group id or a transactional id.'),
    keyType: int8.since(1).default(0).doc('0: group, 1: transactional id, 2: share group.'),
    coordinatorKeys: list(string).since(4)
  },
  response: {
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    errorCode: int16.until(3),
    errorMessage: string.nullable().since(1).until(3),
    nodeId: int32.until(3),
    host: string.until(3),
    port: int32.until(3),
    coordinators: list('Coordinator', {
      key: string,
      nodeId: int32,
      host: string,
      port: int32,
      errorCode: int16,
      errorMessage: string.nullable()
    }).since(4)
  }
}
