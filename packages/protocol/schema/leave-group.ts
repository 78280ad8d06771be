// LeaveGroup: members go.
import { int16, int32, list, string, type ApiSchema } from './dsl.ts'

export const leaveGroup: ApiSchema = {
  name: 'LeaveGroup',
  key: 13,
  versions: null,
  serverVersions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string,
    memberId: string.until(2),
    members: list('Member', {
      memberId: string,
      groupInstanceId: string.nullable().default(null),
      reason: string.nullable().since(5).default(null)
    }).since(3)
  },
  response: {
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    errorCode: int16,
    members: list('Member', {
      memberId: string,
      groupInstanceId: string.nullable(),
      errorCode: int16
    }).since(3)
  }
}
