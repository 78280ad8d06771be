// SyncGroup: the leader hands in the assignment, every member gets its own.
import { bytes, int16, int32, list, string, type ApiSchema } from './dsl.ts'

export const syncGroup: ApiSchema = {
  name: 'SyncGroup',
  key: 14,
  versions: null,
  serverVersions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.nullable().since(3).default(null),
    protocolType: string.nullable().since(5).default(null),
    protocolName: string.nullable().since(5).default(null),
    assignments: list('Assignment', { memberId: string, assignment: bytes })
  },
  response: {
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    errorCode: int16,
    protocolType: string.nullable().since(5).default(null),
    protocolName: string.nullable().since(5).default(null),
    assignment: bytes
  }
}
