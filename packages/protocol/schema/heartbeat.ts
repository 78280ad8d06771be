// Heartbeat: a member of a group is still there.
import { int16, int32, string, type ApiSchema } from './dsl.ts'

export const heartbeat: ApiSchema = {
  name: 'Heartbeat',
  key: 12,
  versions: null,
  serverVersions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.nullable().since(3).default(null)
  },
  response: {
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    errorCode: int16
  }
}
