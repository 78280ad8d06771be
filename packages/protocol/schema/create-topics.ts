// CreateTopics: new topics.
import { bool, int16, int32, int8, list, string, uuid, type ApiSchema } from './dsl.ts'

export const createTopics: ApiSchema = {
  name: 'CreateTopics',
  key: 19,
  versions: [2, 7],
  serverVersions: [2, 7],
  flexibleFrom: 5,
  throttleFrom: 3,
  request: {
    topics: list('Topic', {
      name: string,
      numPartitions: int32.doc('-1: as the broker is configured, from version 4 on, or as the assignments say.'),
      replicationFactor: int16.doc('-1: as the broker is configured, from version 4 on, or as the assignments say.'),
      assignments: list('Assignment', { partitionIndex: int32, brokerIds: list(int32) }).doc(
        'Empty: the broker decides.'
      ),
      configs: list('Config', { name: string, value: string.nullable() })
    }),
    timeoutMs: int32.default(60_000).doc('How long the broker may take, milliseconds.'),
    validateOnly: bool.since(1).default(false).doc('Only says what would happen.')
  },
  response: {
    throttleTimeMs: int32.since(2).default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      name: string,
      topicId: uuid.since(7),
      errorCode: int16,
      errorMessage: string.nullable().since(1),
      topicConfigErrorCode: int16.since(5).tagged(0).doc('Why the configuration is not told, such as 29.'),
      numPartitions: int32.since(5).default(-1),
      replicationFactor: int16.since(5).default(-1),
      configs: list('Config', {
        name: string,
        value: string.nullable(),
        readOnly: bool,
        configSource: int8.default(-1),
        isSensitive: bool
      })
        .nullable()
        .since(5)
    })
  }
}
