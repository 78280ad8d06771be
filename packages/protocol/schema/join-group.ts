// JoinGroup: becomes a member of a group; answered when all members have joined.
import { bool, bytes, int16, int32, list, string, type ApiSchema } from './dsl.ts'

export const joinGroup: ApiSchema = {
  name: 'JoinGroup',
  key: 11,
  versions: null,
  serverVersions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32.doc('Milliseconds without a heartbeat after which the member is out.'),
    rebalanceTimeoutMs: int32
      .since(1)
      .default(-1)
      .doc('How long a rebalance waits for members to join again, milliseconds; -1: the session timeout.'),
    memberId: string.doc('Empty at first.'),
    groupInstanceId: string.nullable().since(5).default(null),
    protocolType: string.doc('consumer, for consumers.'),
    protocols: list('Protocol', { name: string, metadata: bytes }),
    reason: string.nullable().since(8).default(null)
  },
  response: {
    throttleTimeMs: int32.since(2).default(0).doc('Milliseconds.'),
    errorCode: int16,
    generationId: int32.default(-1),
    protocolType: string.nullable().since(7).default(null),
    protocolName: string.nullable(7),
    leader: string.doc('The id of the member that assigns.'),
    skipAssignment: bool.since(9).default(false),
    memberId: string,
    members: list('Member', {
      memberId: string,
      groupInstanceId: string.nullable().since(5).default(null),
      metadata: bytes
    }).doc('Only for the leader.')
  }
}
