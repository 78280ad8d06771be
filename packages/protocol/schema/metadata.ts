// Metadata: brokers, topics, partitions and their leaders.
import { bool, int16, int32, list, string, uuid, type ApiSchema } from './dsl.ts'

const notAsked = -2_147_483_648

export const metadata: ApiSchema = {
  name: 'Metadata',
  key: 3,
  versions: [7, 13],
  serverVersions: [0, 13],
  flexibleFrom: 9,
  throttleFrom: 6,
  request: {
    topics: list('Topic', {
      topicId: uuid.since(10).doc('Asks by id, from version 12 on, if the name is null.'),
      name: string.nullable(10)
    })
      .nullable(1)
      .doc('Null: all topics. Empty: none (in version 0: all).'),
    allowAutoTopicCreation: bool
      .since(4)
      .default(true)
      .doc('Whether the broker may create a topic that it does not know.'),
    includeClusterAuthorizedOperations: bool.since(8).until(10),
    includeTopicAuthorizedOperations: bool.since(8)
  },
  response: {
    throttleTimeMs: int32.since(3).default(0).doc('Milliseconds.'),
    brokers: list('Broker', {
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.nullable().since(1).default(null)
    }),
    clusterId: string.nullable().since(2).default(null),
    controllerId: int32.since(1).default(-1).doc('-1: not known.'),
    topics: list('Topic', {
      errorCode: int16,
      name: string.nullable(12).doc('Null when asked by an id that the broker does not know.'),
      topicId: uuid.since(10),
      isInternal: bool.since(1),
      partitions: list('Partition', {
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32.doc('-1: no leader now.'),
        leaderEpoch: int32.since(7).default(-1),
        replicaNodes: list(int32),
        isrNodes: list(int32).doc('The replicas that are in sync.'),
        offlineReplicas: list(int32).since(5)
      }),
      topicAuthorizedOperations: int32
        .since(8)
        .default(notAsked)
        .doc('One bit for each operation; -2147483648 if not asked for.')
    }),
    clusterAuthorizedOperations: int32.since(8).until(10).default(notAsked),
    errorCode: int16.since(13).doc('129: begin again from the bootstrap brokers (KIP-1102).')
  }
}
