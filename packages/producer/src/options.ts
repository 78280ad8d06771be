// The producer's options as the user writes them, their table, and their translation into the units of the inside.
import {
  CompressionAlgorithms,
  InvalidArgumentError,
  ProduceAcks,
  type CompressionCodec,
  type Interceptor,
  type Partitioner,
  type Serializers
} from '@sluice/core'
import { gzip } from '@sluice/compression-gzip'
import {
  baseDefaults,
  described,
  rules,
  type BaseOptions,
  type BaseSettings,
  type OptionRule
} from '@sluice/base/parts'
import type { QueueRules } from './queue-events.ts'
import type { Identity, Profile } from './profile.ts'
import { passThrough, type RecordSerializers } from './record-encoder.ts'

export type LossPolicy = 'continue' | 'fail'

const ownDefaults = {
  linger: 0,
  batchSize: 262_144,
  maxRequestSize: 1_048_576,
  bufferMemory: 67_108_864,
  maxWaiting: 100_000,
  trustBaseOffset: true,
  dataLossPolicy: 'continue',
  topicRecreatedPolicy: 'fail'
} as const

/**
 * What an option that describes the client is when it is not given: naming it in a call changes nothing either. What a pool, or
 * another option, has decided takes its place.
 */
export const clientDefaults: typeof baseDefaults & typeof ownDefaults = { ...baseDefaults, ...ownDefaults }

/** All times are milliseconds, up to 2^31 - 1; all sizes are whole numbers of bytes. */
export interface ProducerOwnOptions<Key, Value, HeaderKey, HeaderValue> {
  /**
   * An identity to write under, together with `producerEpoch` and with `idempotent`, which it is unless told otherwise. The pair
   * must never have written before; of another producer's id, give an epoch above all that it may have begun: one more, in a
   * partition, with each loss of data. 0n to 2^63 - 1.
   */
  readonly producerId?: bigint | undefined
  /** 0 to 32,767. */
  readonly producerEpoch?: number | undefined
  /**
   * Exactly one copy, in order, per partition. Default: true while `acks` is ALL; with other `acks` it cannot be. Where the broker
   * does not permit it, a default gives way (`producer:fallback`), and what was asked for fails.
   */
  readonly idempotent?: boolean | undefined
  /** Default `ProduceAcks.ALL`. */
  readonly acks?: ProduceAcks | undefined
  /** A codec, or the name of one. Default 'none'. */
  readonly compression?: string | CompressionCodec | undefined
  /** What names in `compression` may mean, besides gzip. */
  readonly codecs?: readonly CompressionCodec[] | undefined
  /** Default `defaultPartitioner()`: keys where the Java client puts them, the rest sticky. */
  readonly partitioner?: Partitioner | undefined
  /** Produce again after an answer that says that our metadata is stale. Default true. */
  readonly repeatOnStaleMetadata?: boolean | undefined
  /** Any subset. A slot without one takes `Uint8Array` or `string`. */
  readonly serializers?: Serializers<Key, Value, HeaderKey, HeaderValue> | undefined
  /** Each sees every message, in this order, before the serializers. */
  readonly interceptors?: readonly Interceptor[] | undefined
  /** How long a batch may wait for company. Default 0: until the turn of the event loop ends. Below `deliveryTimeout`. */
  readonly linger?: number | undefined
  /** Size at which a batch is sealed, 1 to 2^30; never above `maxRequestSize` and what the topic was seen to take. Default 262,144. */
  readonly batchSize?: number | undefined
  /** Size of one request, and of the largest record's batch, uncompressed: 1,024 to 2^30. Default 1,048,576. */
  readonly maxRequestSize?: number | undefined
  /** Batch memory, 4,096 or more, counted until records are settled and the socket has let go. Default 67,108,864. */
  readonly bufferMemory?: number | undefined
  /** How long a message may wait for metadata (then KAFKA_TIMEOUT) or memory (then KAFKA_BUFFER_FULL). Default 60,000. */
  readonly bufferTimeout?: number | undefined
  /** Messages that may wait before further calls fail at once with KAFKA_BUFFER_FULL. Default 100,000. */
  readonly maxWaiting?: number | undefined
  /**
   * From `send` to outcome, retries included. Default 120,000, or `linger` + `requestTimeout` if that is more; when given, at least
   * that, and a `requestTimeout` that is not given is what it leaves. In one call any positive number.
   */
  readonly deliveryTimeout?: number | undefined
  /**
   * Without idempotence: send again what may have been written. By default true, but for error 56, and 20 with `acks` ALL; true
   * is for these, too.
   */
  readonly retryUncertain?: boolean | undefined
  /** False for brokers that are not Apache Kafka's. Default true. */
  readonly trustBaseOffset?: boolean | undefined
  /** When a broker lost acknowledged data: go on, with `producer:dataloss`, or stop the partition until `reset`. Default 'continue'. */
  readonly dataLossPolicy?: LossPolicy | undefined
  /** When a topic is deleted and created again. Not noticed before Kafka 2.8. Default 'fail'. */
  readonly topicRecreatedPolicy?: LossPolicy | undefined
}

export interface ProducerOptions<Key = Buffer, Value = Buffer, HeaderKey = Buffer, HeaderValue = Buffer>
  extends BaseOptions, ProducerOwnOptions<Key, Value, HeaderKey, HeaderValue> {}

const policy = rules.oneOf(['continue', 'fail'])
const codecRule: OptionRule = {
  must: 'a codec (an object with id, name, compress, decompress)',
  holds: value => isCodec(value)
}
const serializerRule = rules.method('that gives bytes or a string')
const largestBytes = 2 ** 30

export const producerOptionTable: Readonly<Record<keyof ProducerOwnOptions<never, never, never, never>, OptionRule>> = {
  producerId: {
    must: 'a bigint from 0n to 2^63 - 1',
    holds: value => typeof value === 'bigint' && value >= 0n && value < 2n ** 63n
  },
  producerEpoch: rules.count(0, 32_767),
  idempotent: rules.flag(),
  acks: rules.oneOf([ProduceAcks.ALL, ProduceAcks.NO_RESPONSE, ProduceAcks.LEADER]),
  compression: rules.either(
    {
      must: `one of ${Object.values(CompressionAlgorithms).join(', ')}`,
      holds: value => typeof value === 'string' && value !== ''
    },
    codecRule
  ),
  codecs: rules.listOf(codecRule),
  partitioner: rules.either(rules.method('that gives a partition'), rules.object('a partitioner', ['forTopic'])),
  repeatOnStaleMetadata: rules.flag(),
  serializers: rules.objectOf('an object of functions: key, value, headerKey, headerValue', {
    key: serializerRule,
    value: serializerRule,
    headerKey: serializerRule,
    headerValue: serializerRule
  }),
  interceptors: rules.listOf(rules.object('an interceptor', ['onSend'])),
  linger: rules.milliseconds(),
  batchSize: rules.bytes(1, largestBytes),
  maxRequestSize: rules.bytes(1_024, largestBytes),
  bufferMemory: rules.bytes(4_096, Number.MAX_SAFE_INTEGER),
  bufferTimeout: rules.milliseconds(),
  maxWaiting: rules.count(),
  deliveryTimeout: rules.milliseconds(1),
  retryUncertain: rules.flag(),
  trustBaseOffset: rules.flag(),
  dataLossPolicy: policy,
  topicRecreatedPolicy: policy
}

function isCodec(value: unknown): value is CompressionCodec {
  if (!rules.object('', ['compress', 'decompress']).holds(value)) return false
  const { id, name } = value as CompressionCodec
  const isOptional = (method: string): boolean =>
    ['undefined', 'function'].includes(typeof Reflect.get(value as object, method))
  if (!isOptional('compressInto') || !isOptional('compressIntoLater')) return false
  return Number.isInteger(id) && id >= 1 && id <= 4 && typeof name === 'string' && name !== ''
}

export interface ProducerSettings {
  readonly profile: Profile
  readonly codecs: ReadonlyMap<string, CompressionCodec>
  readonly serializers: RecordSerializers
  readonly interceptors: readonly Interceptor[]
  /** Null: the default, which places keys without asking a partitioner. */
  readonly partitioner: Partitioner | null
  readonly lingerMs: number
  readonly batchBytes: number
  readonly maxRequestBytes: number
  readonly bufferMemoryBytes: number
  readonly bufferTimeoutMs: number
  readonly maxWaiting: number
  readonly retryUncertain: boolean | undefined
  readonly rules: QueueRules
}

type AnyOptions = ProducerOptions<never, never, never, never>

/** How long deliveryTimeout and requestTimeout are, where one or neither was given. */
export function deliveryTimes(options: Pick<AnyOptions, 'linger' | 'deliveryTimeout' | 'requestTimeout'>): {
  deliveryTimeout: number
  requestTimeout: number
} {
  const { linger = 0, deliveryTimeout, requestTimeout } = options
  if (deliveryTimeout === undefined) {
    const given = requestTimeout ?? clientDefaults.requestTimeout
    return { deliveryTimeout: Math.max(120_000, linger + given), requestTimeout: given }
  }
  if (requestTimeout === undefined) {
    if (deliveryTimeout - linger >= 1)
      return { deliveryTimeout, requestTimeout: Math.min(clientDefaults.requestTimeout, deliveryTimeout - linger) }
    throw new InvalidArgumentError(
      `deliveryTimeout (${deliveryTimeout}) must be at least 1 more than linger (${linger}): no time is left for a request`
    )
  }
  if (deliveryTimeout >= linger + requestTimeout) return { deliveryTimeout, requestTimeout }
  throw new InvalidArgumentError(
    `deliveryTimeout (${deliveryTimeout}) must be at least linger (${linger}) + requestTimeout (${requestTimeout})`
  )
}

/** @throws InvalidArgumentError for what no table of single options can say */
export function producerSettings(options: AnyOptions, base: BaseSettings): ProducerSettings {
  const codecs = codecTable(options.codecs, new Map([['gzip', gzip()]]))
  const acks = options.acks ?? ProduceAcks.ALL
  const idempotent = idempotence(acks, options.idempotent)
  if (idempotent && base.maxInflights > 5) {
    throw new InvalidArgumentError(
      `maxInflights (${base.maxInflights}) must be at most 5 with idempotent: brokers remember five batches`
    )
  }
  const { linger, deliveryTimeout: given, requestTimeout, connections } = options
  const poolTimeout = connections === undefined ? requestTimeout : base.requestTimeoutMs
  const { deliveryTimeout } = deliveryTimes({ linger, deliveryTimeout: given, requestTimeout: poolTimeout })
  return {
    profile: {
      acks,
      codec: codecOf(options.compression, codecs),
      idempotent,
      idempotenceRequired: options.idempotent === true,
      identity: givenIdentity(options, idempotent),
      timeoutMs: base.timeoutMs,
      deliveryTimeoutMs: deliveryTimeout,
      repeatOnStaleMetadata: options.repeatOnStaleMetadata ?? true
    },
    codecs,
    serializers: recordSerializers(options.serializers),
    interceptors: [...(options.interceptors ?? [])],
    partitioner: options.partitioner ?? null,
    lingerMs: options.linger ?? clientDefaults.linger,
    batchBytes: Math.min(
      options.batchSize ?? clientDefaults.batchSize,
      options.maxRequestSize ?? clientDefaults.maxRequestSize
    ),
    maxRequestBytes: options.maxRequestSize ?? clientDefaults.maxRequestSize,
    bufferMemoryBytes: options.bufferMemory ?? clientDefaults.bufferMemory,
    bufferTimeoutMs: options.bufferTimeout ?? 60_000,
    maxWaiting: options.maxWaiting ?? clientDefaults.maxWaiting,
    retryUncertain: options.retryUncertain,
    rules: {
      quarantineMs: base.requestTimeoutMs,
      dataLossPolicy: options.dataLossPolicy ?? clientDefaults.dataLossPolicy,
      topicRecreatedPolicy: options.topicRecreatedPolicy ?? clientDefaults.topicRecreatedPolicy,
      trustBaseOffset: options.trustBaseOffset ?? clientDefaults.trustBaseOffset,
      retries: base.retries
    }
  }
}

/** The names that `compression` may use; a given codec replaces the one of its name. */
export function codecTable(
  given: readonly CompressionCodec[] | undefined,
  known: ReadonlyMap<string, CompressionCodec>
): ReadonlyMap<string, CompressionCodec> {
  if (given === undefined || given.length === 0) return known
  return new Map([...known, ...given.map(codec => [codec.name, codec] as const)])
}

/** @throws InvalidArgumentError for a name without a codec */
export function codecOf(
  compression: string | CompressionCodec | undefined,
  codecs: ReadonlyMap<string, CompressionCodec>
): CompressionCodec | null {
  if (compression === undefined || compression === 'none') return null
  if (typeof compression !== 'string') return compression
  const codec = codecs.get(compression)
  if (codec !== undefined) return codec
  const names = Object.values<string>(CompressionAlgorithms)
  const hint = names.includes(compression)
    ? `: install @sluice/compression-${compression} and give codecs: [${compression}()]`
    : `: it is neither ${names.join(', ')} nor in codecs`
  throw new InvalidArgumentError(`compression ${described(compression)} has no codec${hint}`)
}

/** @throws InvalidArgumentError if it was asked for with other acks than ALL */
export function idempotence(acks: ProduceAcks, wanted: boolean | undefined): boolean {
  if (wanted === true && acks !== ProduceAcks.ALL) {
    throw new InvalidArgumentError(
      `idempotent needs acks ProduceAcks.ALL (-1), not ${acks}: without all replicas nothing can be promised`
    )
  }
  return wanted ?? acks === ProduceAcks.ALL
}

/** @throws InvalidArgumentError if only one of the two was given, or nothing would be written under them */
export function givenIdentity(
  { producerId, producerEpoch }: Pick<AnyOptions, 'producerId' | 'producerEpoch'>,
  idempotent: boolean
): Identity | null {
  if (producerId === undefined && producerEpoch === undefined) return null
  if (producerId === undefined || producerEpoch === undefined) {
    const [given, missing] =
      producerId === undefined ? ['producerEpoch', 'producerId'] : ['producerId', 'producerEpoch']
    throw new InvalidArgumentError(`${given} was given without ${missing}: an identity is both`)
  }
  if (idempotent) return { producerId, producerEpoch }
  throw new InvalidArgumentError(
    `producerId (${producerId}n) needs idempotent, and so acks ProduceAcks.ALL (-1): what is sent without is written under no identity`
  )
}

function recordSerializers(serializers: Serializers<never, never, never, never> | undefined): RecordSerializers {
  // Who calls send() was typed by these very serializers: what reaches each is what it takes.
  const given = (serializers ?? {}) as Partial<RecordSerializers>
  return {
    key: given.key ?? passThrough,
    value: given.value ?? passThrough,
    headerKey: given.headerKey ?? passThrough,
    headerValue: given.headerValue ?? passThrough
  }
}
