// What a broker's error codes mean: one table.
import { BrokerError, foreignText, type DeliveryReport, type RecordOutcome } from '@sluice/core'

export interface BrokerErrorInfo {
  /** As on the wire. */
  readonly code: number
  /** As in Kafka's own table. */
  readonly name: string
  readonly text: string
  /** Whether the same request may succeed later without a change. */
  readonly retriable: boolean
  /** Whether the client's picture of the cluster is out of date, so that fresh metadata is needed first. Implies `retriable`. */
  readonly refresh: boolean
}

export interface BrokerErrorOptions {
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  /** What the broker says about this case. */
  readonly detail?: string | null | undefined
  readonly cause?: unknown
  readonly outcome?: RecordOutcome | undefined
  readonly delivery?: DeliveryReport | undefined
}

/** The code of success. */
export const NO_ERROR = 0

/** Every code has an answer: one that the table lacks is named `UNKNOWN_` and the number, and is not retriable. */
export function brokerErrorInfo(code: number): BrokerErrorInfo {
  return (
    byCode.get(code) ?? {
      code,
      name: `UNKNOWN_${code}`,
      text: 'an error code that this client does not know',
      retriable: false,
      refresh: false
    }
  )
}

export function brokerError(code: number, options: BrokerErrorOptions = {}): BrokerError {
  const info = brokerErrorInfo(code)
  const detail = options.detail ? ` (${foreignText(options.detail)})` : ''
  return new BrokerError(`The broker answered ${info.name} (${code})${placeText(options)}: ${info.text}${detail}`, {
    errorCode: code,
    errorName: info.name,
    retriable: info.retriable,
    topic: options.topic,
    partition: options.partition,
    outcome: options.outcome,
    delivery: options.delivery,
    cause: options.cause
  })
}

function placeText({ topic, partition }: BrokerErrorOptions): string {
  if (topic === undefined) return ''
  return partition === undefined ? ` for ${topic}` : ` for ${topic}-${partition}`
}

type Advice = 'final' | 'retriable' | 'refresh'

const final = 'final'
const retriable = 'retriable'
const refresh = 'refresh'

const rows: readonly (readonly [code: number, name: string, advice: Advice, text: string])[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', final, 'something failed inside the broker; its log says what'],
  [0, 'NONE', final, 'success'],
  [1, 'OFFSET_OUT_OF_RANGE', final, 'the log does not reach to the offset asked for'],
  [2, 'CORRUPT_MESSAGE', retriable, 'the batch arrived damaged, is malformed, or has no key in a compacted topic'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', refresh, 'this broker has no such topic or partition'],
  [4, 'INVALID_FETCH_SIZE', final, 'the size to fetch makes no sense'],
  [5, 'LEADER_NOT_AVAILABLE', refresh, 'the partition has no leader at the moment'],
  [6, 'NOT_LEADER_OR_FOLLOWER', refresh, 'the partition is led by another broker'],
  [7, 'REQUEST_TIMED_OUT', retriable, 'the broker could not finish within the time that the request allowed'],
  [8, 'BROKER_NOT_AVAILABLE', final, 'the broker is not up'],
  [9, 'REPLICA_NOT_AVAILABLE', refresh, 'the broker does not have its copy of the partition ready'],
  [10, 'MESSAGE_TOO_LARGE', final, 'the batch is larger than max.message.bytes of the topic allows'],
  [11, 'STALE_CONTROLLER_EPOCH', final, 'the request came from a controller that has been replaced'],
  [12, 'OFFSET_METADATA_TOO_LARGE', final, 'the text that goes with the committed offset is too long'],
  [13, 'NETWORK_EXCEPTION', refresh, 'the connection to another broker broke'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', retriable, 'the coordinator is still reading its state'],
  [15, 'COORDINATOR_NOT_AVAILABLE', retriable, 'the coordinator is not up, or its topic does not exist yet'],
  [16, 'NOT_COORDINATOR', retriable, 'another broker is the coordinator'],
  [17, 'INVALID_TOPIC_EXCEPTION', final, 'the name is not a topic name, or the topic is internal to Kafka'],
  [18, 'RECORD_LIST_TOO_LARGE', final, 'the batch is larger than a log segment of the topic'],
  [
    19,
    'NOT_ENOUGH_REPLICAS',
    retriable,
    'fewer replicas are in sync than min.insync.replicas wants; nothing was written'
  ],
  [
    20,
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    retriable,
    'the batch was written, but too few replicas are in sync to confirm it'
  ],
  [21, 'INVALID_REQUIRED_ACKS', final, 'acks can be -1, 0 or 1 only'],
  [22, 'ILLEGAL_GENERATION', final, 'the group has moved on to another generation'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', final, 'the members of the group share no way of assigning partitions'],
  [24, 'INVALID_GROUP_ID', final, 'that is no valid group id'],
  [25, 'UNKNOWN_MEMBER_ID', final, 'the group does not know this member'],
  [26, 'INVALID_SESSION_TIMEOUT', final, 'the session timeout is outside the limits that the broker sets'],
  [27, 'REBALANCE_IN_PROGRESS', final, 'the group is being rebalanced; join again'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', final, 'the offset to commit takes up too much room'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', final, 'this user may not do that with the topic'],
  [30, 'GROUP_AUTHORIZATION_FAILED', final, 'this user may not use the group'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', final, 'this user may not do that with the cluster'],
  [32, 'INVALID_TIMESTAMP', final, 'a record has a timestamp further from now than the topic accepts'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', final, 'the listener does not offer this SASL mechanism'],
  [
    34,
    'ILLEGAL_SASL_STATE',
    final,
    'the request does not fit the state of the authentication, such as SASL on a listener without it'
  ],
  [35, 'UNSUPPORTED_VERSION', final, 'the broker does not have this API in this version'],
  [36, 'TOPIC_ALREADY_EXISTS', final, 'there is a topic of this name already'],
  [37, 'INVALID_PARTITIONS', final, 'a topic cannot have so many partitions'],
  [38, 'INVALID_REPLICATION_FACTOR', final, 'the replication factor is below 1 or above the number of brokers'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', final, 'the replicas cannot be assigned that way'],
  [40, 'INVALID_CONFIG', final, 'the configuration is not valid'],
  [41, 'NOT_CONTROLLER', retriable, 'another node is the controller'],
  [42, 'INVALID_REQUEST', final, 'the broker cannot make sense of the request'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', final, 'the topic is kept in a message format that is too old for this'],
  [44, 'POLICY_VIOLATION', final, 'a policy of the cluster forbids it'],
  [
    45,
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    final,
    'the sequence number does not follow the last one that the broker has seen'
  ],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', final, 'the broker has seen this sequence number before'],
  [47, 'INVALID_PRODUCER_EPOCH', final, 'the producer epoch is older than the one the broker has seen'],
  [48, 'INVALID_TXN_STATE', final, 'the transaction is in a state in which that is not possible'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', final, 'the producer id does not belong to this transactional id any more'],
  [
    50,
    'INVALID_TRANSACTION_TIMEOUT',
    final,
    'the transaction timeout is above transaction.max.timeout.ms of the broker'
  ],
  [51, 'CONCURRENT_TRANSACTIONS', retriable, 'the last transaction of this producer is still being finished'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', final, 'another broker has become the transaction coordinator'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', final, 'this user may not use the transactional id'],
  [54, 'SECURITY_DISABLED', final, 'the broker has no security features switched on'],
  [55, 'OPERATION_NOT_ATTEMPTED', final, 'the broker did not try, because another part of the request failed'],
  [56, 'KAFKA_STORAGE_ERROR', refresh, 'a disk of the broker failed'],
  [57, 'LOG_DIR_NOT_FOUND', final, 'the broker has no such log directory'],
  [58, 'SASL_AUTHENTICATION_FAILED', final, 'the broker refused the credentials'],
  [59, 'UNKNOWN_PRODUCER_ID', final, 'the broker remembers nothing of this producer in the partition'],
  [60, 'REASSIGNMENT_IN_PROGRESS', final, 'the partition is being moved to other brokers already'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', final, 'the broker has no delegation tokens switched on'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', final, 'the broker does not know the delegation token'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', final, 'the delegation token belongs to somebody else'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', final, 'delegation tokens cannot be asked for over this connection'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', final, 'this user may not use delegation tokens'],
  [66, 'DELEGATION_TOKEN_EXPIRED', final, 'the delegation token has expired'],
  [67, 'INVALID_PRINCIPAL_TYPE', final, 'that type of principal is not supported'],
  [68, 'NON_EMPTY_GROUP', final, 'the group still has members'],
  [69, 'GROUP_ID_NOT_FOUND', final, 'there is no such group'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', retriable, 'the broker has forgotten the fetch session'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', retriable, 'the fetch session is at another epoch'],
  [72, 'LISTENER_NOT_FOUND', refresh, 'the leader has no listener of the kind that was asked through'],
  [73, 'TOPIC_DELETION_DISABLED', final, 'the cluster does not let topics be deleted'],
  [74, 'FENCED_LEADER_EPOCH', refresh, 'the client knows an older leader of the partition than the broker does'],
  [75, 'UNKNOWN_LEADER_EPOCH', retriable, 'the client knows a newer leader of the partition than the broker does'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', final, 'the broker does not have this compression, or not in this version'],
  [77, 'STALE_BROKER_EPOCH', final, 'the broker has been restarted since'],
  [78, 'OFFSET_NOT_AVAILABLE', retriable, 'the new leader does not know yet how far the log is confirmed'],
  [79, 'MEMBER_ID_REQUIRED', final, 'join again with the member id that the broker has given'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', refresh, 'the preferred leader is not up'],
  [81, 'GROUP_MAX_SIZE_REACHED', final, 'the group is full'],
  [82, 'FENCED_INSTANCE_ID', final, 'another member has taken over the group instance id'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', refresh, 'no replica that could lead the partition is up'],
  [84, 'ELECTION_NOT_NEEDED', refresh, 'the partition has the leader it should have'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', final, 'the partition is not being moved'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', final, 'the group reads the topic, so its offsets cannot be deleted'],
  [87, 'INVALID_RECORD', final, 'a record breaks a rule of the topic, and the whole batch was refused'],
  [88, 'UNSTABLE_OFFSET_COMMIT', retriable, 'an open transaction is about to change the offsets'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', retriable, 'a quota is used up for now'],
  [90, 'PRODUCER_FENCED', final, 'a newer producer has taken over the transactional id'],
  [91, 'RESOURCE_NOT_FOUND', final, 'there is nothing of that name'],
  [92, 'DUPLICATE_RESOURCE', final, 'the request names the same thing twice'],
  [93, 'UNACCEPTABLE_CREDENTIAL', final, 'the credential does not meet what the cluster asks of one'],
  [94, 'INCONSISTENT_VOTER_SET', final, 'the voters disagree on who they are'],
  [95, 'INVALID_UPDATE_VERSION', final, 'the update was made for another version'],
  [96, 'FEATURE_UPDATE_FAILED', final, 'the features of the cluster could not be changed'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', final, 'a node could not read whom a forwarded request was made for'],
  [98, 'SNAPSHOT_NOT_FOUND', final, 'there is no such snapshot'],
  [99, 'POSITION_OUT_OF_RANGE', final, 'the snapshot does not reach to the position asked for'],
  [100, 'UNKNOWN_TOPIC_ID', refresh, 'this broker knows no topic of that id'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', final, 'a broker of that id is registered already'],
  [102, 'BROKER_ID_NOT_REGISTERED', final, 'no broker of that id is registered'],
  [103, 'INCONSISTENT_TOPIC_ID', refresh, 'the topic has another id: it was deleted and made anew'],
  [104, 'INCONSISTENT_CLUSTER_ID', final, 'the request was meant for another cluster'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', final, 'the coordinator does not know the transactional id'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', retriable, 'the fetch session and the request name topics in different ways'],
  [107, 'INELIGIBLE_REPLICA', final, 'the replica cannot be counted as in sync'],
  [108, 'NEW_LEADER_ELECTED', final, 'the change took effect, and the partition has a new leader'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', final, 'the offset is in remote storage now'],
  [110, 'FENCED_MEMBER_EPOCH', final, 'the group coordinator has given up on this member; join again'],
  [111, 'UNRELEASED_INSTANCE_ID', final, 'another member still holds the group instance id'],
  [112, 'UNSUPPORTED_ASSIGNOR', final, 'the group coordinator does not have this way of assigning partitions'],
  [113, 'STALE_MEMBER_EPOCH', final, 'the member has moved on to another epoch'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', final, 'the request was meant for the other kind of node, broker or controller'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', final, 'there is no such kind of node'],
  [116, 'UNKNOWN_CONTROLLER_ID', final, 'there is no controller of that id'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', final, 'the broker wants other metrics now; ask which'],
  [118, 'TELEMETRY_TOO_LARGE', final, 'the metrics take up more room than the broker accepts'],
  [119, 'INVALID_REGISTRATION', final, 'the controller refuses the registration of the broker'],
  [120, 'TRANSACTION_ABORTABLE', final, 'the transaction can only be aborted'],
  [121, 'INVALID_RECORD_STATE', final, 'the record cannot be acknowledged in the state it is in'],
  [122, 'SHARE_SESSION_NOT_FOUND', retriable, 'the broker has forgotten the share session'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', retriable, 'the share session is at another epoch'],
  [124, 'FENCED_STATE_EPOCH', final, 'the share group has moved on to another state epoch'],
  [125, 'INVALID_VOTER_KEY', final, 'that is not the key of the voter'],
  [126, 'DUPLICATE_VOTER', final, 'the voter is in the set already'],
  [127, 'VOTER_NOT_FOUND', final, 'the voter is not in the set'],
  [128, 'INVALID_REGULAR_EXPRESSION', final, 'that is no valid regular expression'],
  [129, 'REBOOTSTRAP_REQUIRED', final, 'the client has to find the cluster anew, from its bootstrap brokers'],
  [130, 'STREAMS_INVALID_TOPOLOGY', final, 'the topology of the streams application is not valid'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', final, 'the epoch of the topology is not valid'],
  [132, 'STREAMS_TOPOLOGY_FENCED', final, 'the group has moved on to a newer topology'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', retriable, 'the broker has no room for another share session'],
  [134, 'GROUP_DELETION_FAILED', final, 'the group could not be deleted'],
  [135, 'STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED', final, 'the description of the topology could not be stored'],
  [136, 'CONTROLLER_ID_NOT_REGISTERED', final, 'no controller of that id has registered']
]

const byCode: ReadonlyMap<number, BrokerErrorInfo> = new Map(
  rows.map(([code, name, advice, text]) => [
    code,
    { code, name, text, retriable: advice !== final, refresh: advice === refresh }
  ])
)

/** The whole table, in the order of the codes. */
export const brokerErrors: readonly BrokerErrorInfo[] = [...byCode.values()]
