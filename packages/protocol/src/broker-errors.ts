// What a broker's error codes mean: one table.
import { BrokerError, foreignText, type DeliveryReport, type RecordOutcome } from '@sluice/core'
import { errorCodes } from './error-codes.ts'

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

const rows: Readonly<Record<keyof typeof errorCodes, readonly [advice: Advice, text: string]>> = {
  UNKNOWN_SERVER_ERROR: [final, 'something failed inside the broker; its log says what'],
  NONE: [final, 'success'],
  OFFSET_OUT_OF_RANGE: [final, 'the log does not reach to the offset asked for'],
  CORRUPT_MESSAGE: [retriable, 'the batch arrived damaged, is malformed, or has no key in a compacted topic'],
  UNKNOWN_TOPIC_OR_PARTITION: [refresh, 'this broker has no such topic or partition'],
  INVALID_FETCH_SIZE: [final, 'the size to fetch makes no sense'],
  LEADER_NOT_AVAILABLE: [refresh, 'the partition has no leader at the moment'],
  NOT_LEADER_OR_FOLLOWER: [refresh, 'the partition is led by another broker'],
  REQUEST_TIMED_OUT: [retriable, 'the broker could not finish within the time that the request allowed'],
  BROKER_NOT_AVAILABLE: [final, 'the broker is not up'],
  REPLICA_NOT_AVAILABLE: [refresh, 'the broker does not have its copy of the partition ready'],
  MESSAGE_TOO_LARGE: [final, 'the batch is larger than max.message.bytes of the topic allows'],
  STALE_CONTROLLER_EPOCH: [final, 'the request came from a controller that has been replaced'],
  OFFSET_METADATA_TOO_LARGE: [final, 'the text that goes with the committed offset is too long'],
  NETWORK_EXCEPTION: [refresh, 'the connection to another broker broke'],
  COORDINATOR_LOAD_IN_PROGRESS: [retriable, 'the coordinator is still reading its state'],
  COORDINATOR_NOT_AVAILABLE: [retriable, 'the coordinator is not up, or its topic does not exist yet'],
  NOT_COORDINATOR: [retriable, 'another broker is the coordinator'],
  INVALID_TOPIC_EXCEPTION: [final, 'the name is not a topic name, or the topic is internal to Kafka'],
  RECORD_LIST_TOO_LARGE: [final, 'the batch is larger than a log segment of the topic'],
  NOT_ENOUGH_REPLICAS: [retriable, 'fewer replicas are in sync than min.insync.replicas wants; nothing was written'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    retriable,
    'the batch was written, but too few replicas are in sync to confirm it'
  ],
  INVALID_REQUIRED_ACKS: [final, 'acks can be -1, 0 or 1 only'],
  ILLEGAL_GENERATION: [final, 'the group has moved on to another generation'],
  INCONSISTENT_GROUP_PROTOCOL: [final, 'the members of the group share no way of assigning partitions'],
  INVALID_GROUP_ID: [final, 'that is no valid group id'],
  UNKNOWN_MEMBER_ID: [final, 'the group does not know this member'],
  INVALID_SESSION_TIMEOUT: [final, 'the session timeout is outside the limits that the broker sets'],
  REBALANCE_IN_PROGRESS: [final, 'the group is being rebalanced; join again'],
  INVALID_COMMIT_OFFSET_SIZE: [final, 'the offset to commit takes up too much room'],
  TOPIC_AUTHORIZATION_FAILED: [final, 'this user may not do that with the topic'],
  GROUP_AUTHORIZATION_FAILED: [final, 'this user may not use the group'],
  CLUSTER_AUTHORIZATION_FAILED: [final, 'this user may not do that with the cluster'],
  INVALID_TIMESTAMP: [final, 'a record has a timestamp further from now than the topic accepts'],
  UNSUPPORTED_SASL_MECHANISM: [final, 'the listener does not offer this SASL mechanism'],
  ILLEGAL_SASL_STATE: [
    final,
    'the request does not fit the state of the authentication, such as SASL on a listener without it'
  ],
  UNSUPPORTED_VERSION: [final, 'the broker does not have this API in this version'],
  TOPIC_ALREADY_EXISTS: [final, 'there is a topic of this name already'],
  INVALID_PARTITIONS: [final, 'a topic cannot have so many partitions'],
  INVALID_REPLICATION_FACTOR: [final, 'the replication factor is below 1 or above the number of brokers'],
  INVALID_REPLICA_ASSIGNMENT: [final, 'the replicas cannot be assigned that way'],
  INVALID_CONFIG: [final, 'the configuration is not valid'],
  NOT_CONTROLLER: [retriable, 'another node is the controller'],
  INVALID_REQUEST: [final, 'the broker cannot make sense of the request'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [final, 'the topic is kept in a message format that is too old for this'],
  POLICY_VIOLATION: [final, 'a policy of the cluster forbids it'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [final, 'the sequence number does not follow the last one that the broker has seen'],
  DUPLICATE_SEQUENCE_NUMBER: [final, 'the broker has seen this sequence number before'],
  INVALID_PRODUCER_EPOCH: [final, 'the producer epoch is older than the one the broker has seen'],
  INVALID_TXN_STATE: [final, 'the transaction is in a state in which that is not possible'],
  INVALID_PRODUCER_ID_MAPPING: [final, 'the producer id does not belong to this transactional id any more'],
  INVALID_TRANSACTION_TIMEOUT: [final, 'the transaction timeout is above transaction.max.timeout.ms of the broker'],
  CONCURRENT_TRANSACTIONS: [retriable, 'the last transaction of this producer is still being finished'],
  TRANSACTION_COORDINATOR_FENCED: [final, 'another broker has become the transaction coordinator'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [final, 'this user may not use the transactional id'],
  SECURITY_DISABLED: [final, 'the broker has no security features switched on'],
  OPERATION_NOT_ATTEMPTED: [final, 'the broker did not try, because another part of the request failed'],
  KAFKA_STORAGE_ERROR: [refresh, 'a disk of the broker failed'],
  LOG_DIR_NOT_FOUND: [final, 'the broker has no such log directory'],
  SASL_AUTHENTICATION_FAILED: [final, 'the broker refused the credentials'],
  UNKNOWN_PRODUCER_ID: [final, 'the broker remembers nothing of this producer in the partition'],
  REASSIGNMENT_IN_PROGRESS: [final, 'the partition is being moved to other brokers already'],
  DELEGATION_TOKEN_AUTH_DISABLED: [final, 'the broker has no delegation tokens switched on'],
  DELEGATION_TOKEN_NOT_FOUND: [final, 'the broker does not know the delegation token'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [final, 'the delegation token belongs to somebody else'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [final, 'delegation tokens cannot be asked for over this connection'],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [final, 'this user may not use delegation tokens'],
  DELEGATION_TOKEN_EXPIRED: [final, 'the delegation token has expired'],
  INVALID_PRINCIPAL_TYPE: [final, 'that type of principal is not supported'],
  NON_EMPTY_GROUP: [final, 'the group still has members'],
  GROUP_ID_NOT_FOUND: [final, 'there is no such group'],
  FETCH_SESSION_ID_NOT_FOUND: [retriable, 'the broker has forgotten the fetch session'],
  INVALID_FETCH_SESSION_EPOCH: [retriable, 'the fetch session is at another epoch'],
  LISTENER_NOT_FOUND: [refresh, 'the leader has no listener of the kind that was asked through'],
  TOPIC_DELETION_DISABLED: [final, 'the cluster does not let topics be deleted'],
  FENCED_LEADER_EPOCH: [refresh, 'the client knows an older leader of the partition than the broker does'],
  UNKNOWN_LEADER_EPOCH: [retriable, 'the client knows a newer leader of the partition than the broker does'],
  UNSUPPORTED_COMPRESSION_TYPE: [final, 'the broker does not have this compression, or not in this version'],
  STALE_BROKER_EPOCH: [final, 'the broker has been restarted since'],
  OFFSET_NOT_AVAILABLE: [retriable, 'the new leader does not know yet how far the log is confirmed'],
  MEMBER_ID_REQUIRED: [final, 'join again with the member id that the broker has given'],
  PREFERRED_LEADER_NOT_AVAILABLE: [refresh, 'the preferred leader is not up'],
  GROUP_MAX_SIZE_REACHED: [final, 'the group is full'],
  FENCED_INSTANCE_ID: [final, 'another member has taken over the group instance id'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [refresh, 'no replica that could lead the partition is up'],
  ELECTION_NOT_NEEDED: [refresh, 'the partition has the leader it should have'],
  NO_REASSIGNMENT_IN_PROGRESS: [final, 'the partition is not being moved'],
  GROUP_SUBSCRIBED_TO_TOPIC: [final, 'the group reads the topic, so its offsets cannot be deleted'],
  INVALID_RECORD: [final, 'a record breaks a rule of the topic, and the whole batch was refused'],
  UNSTABLE_OFFSET_COMMIT: [retriable, 'an open transaction is about to change the offsets'],
  THROTTLING_QUOTA_EXCEEDED: [retriable, 'a quota is used up for now'],
  PRODUCER_FENCED: [final, 'a newer producer has taken over the transactional id'],
  RESOURCE_NOT_FOUND: [final, 'there is nothing of that name'],
  DUPLICATE_RESOURCE: [final, 'the request names the same thing twice'],
  UNACCEPTABLE_CREDENTIAL: [final, 'the credential does not meet what the cluster asks of one'],
  INCONSISTENT_VOTER_SET: [final, 'the voters disagree on who they are'],
  INVALID_UPDATE_VERSION: [final, 'the update was made for another version'],
  FEATURE_UPDATE_FAILED: [final, 'the features of the cluster could not be changed'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [final, 'a node could not read whom a forwarded request was made for'],
  SNAPSHOT_NOT_FOUND: [final, 'there is no such snapshot'],
  POSITION_OUT_OF_RANGE: [final, 'the snapshot does not reach to the position asked for'],
  UNKNOWN_TOPIC_ID: [refresh, 'this broker knows no topic of that id'],
  DUPLICATE_BROKER_REGISTRATION: [final, 'a broker of that id is registered already'],
  BROKER_ID_NOT_REGISTERED: [final, 'no broker of that id is registered'],
  INCONSISTENT_TOPIC_ID: [refresh, 'the topic has another id: it was deleted and made anew'],
  INCONSISTENT_CLUSTER_ID: [final, 'the request was meant for another cluster'],
  TRANSACTIONAL_ID_NOT_FOUND: [final, 'the coordinator does not know the transactional id'],
  FETCH_SESSION_TOPIC_ID_ERROR: [retriable, 'the fetch session and the request name topics in different ways'],
  INELIGIBLE_REPLICA: [final, 'the replica cannot be counted as in sync'],
  NEW_LEADER_ELECTED: [final, 'the change took effect, and the partition has a new leader'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [final, 'the offset is in remote storage now'],
  FENCED_MEMBER_EPOCH: [final, 'the group coordinator has given up on this member; join again'],
  UNRELEASED_INSTANCE_ID: [final, 'another member still holds the group instance id'],
  UNSUPPORTED_ASSIGNOR: [final, 'the group coordinator does not have this way of assigning partitions'],
  STALE_MEMBER_EPOCH: [final, 'the member has moved on to another epoch'],
  MISMATCHED_ENDPOINT_TYPE: [final, 'the request was meant for the other kind of node, broker or controller'],
  UNSUPPORTED_ENDPOINT_TYPE: [final, 'there is no such kind of node'],
  UNKNOWN_CONTROLLER_ID: [final, 'there is no controller of that id'],
  UNKNOWN_SUBSCRIPTION_ID: [final, 'the broker wants other metrics now; ask which'],
  TELEMETRY_TOO_LARGE: [final, 'the metrics take up more room than the broker accepts'],
  INVALID_REGISTRATION: [final, 'the controller refuses the registration of the broker'],
  TRANSACTION_ABORTABLE: [final, 'the transaction can only be aborted'],
  INVALID_RECORD_STATE: [final, 'the record cannot be acknowledged in the state it is in'],
  SHARE_SESSION_NOT_FOUND: [retriable, 'the broker has forgotten the share session'],
  INVALID_SHARE_SESSION_EPOCH: [retriable, 'the share session is at another epoch'],
  FENCED_STATE_EPOCH: [final, 'the share group has moved on to another state epoch'],
  INVALID_VOTER_KEY: [final, 'that is not the key of the voter'],
  DUPLICATE_VOTER: [final, 'the voter is in the set already'],
  VOTER_NOT_FOUND: [final, 'the voter is not in the set'],
  INVALID_REGULAR_EXPRESSION: [final, 'that is no valid regular expression'],
  REBOOTSTRAP_REQUIRED: [final, 'the client has to find the cluster anew, from its bootstrap brokers'],
  STREAMS_INVALID_TOPOLOGY: [final, 'the topology of the streams application is not valid'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [final, 'the epoch of the topology is not valid'],
  STREAMS_TOPOLOGY_FENCED: [final, 'the group has moved on to a newer topology'],
  SHARE_SESSION_LIMIT_REACHED: [retriable, 'the broker has no room for another share session'],
  GROUP_DELETION_FAILED: [final, 'the group could not be deleted'],
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED: [final, 'the description of the topology could not be stored'],
  CONTROLLER_ID_NOT_REGISTERED: [final, 'no controller of that id has registered']
}

const byName: Readonly<Record<string, (typeof rows)[keyof typeof errorCodes]>> = rows

const byCode: ReadonlyMap<number, BrokerErrorInfo> = new Map(
  Object.entries(errorCodes).map(([name, code]) => {
    const [advice, text] = byName[name]!
    return [code, { code, name, text, retriable: advice !== final, refresh: advice === refresh }]
  })
)

/** The whole table, in the order of the codes. */
export const brokerErrors: readonly BrokerErrorInfo[] = [...byCode.values()]
