// The options of one send(): which apply to the call, and which only describe the client.
import {
  InvalidArgumentError,
  SerializationError,
  reasonOf,
  type CompressionCodec,
  type MessageToProduce,
  type Partitioner,
  type TopicPartitioner
} from '@sluice/core'
import { checkOptions, described, rules, timeoutMsOf, type OptionTable } from '@sluice/base/parts'
import { codecOf, codecTable, givenIdentity, idempotence, type ProducerSettings } from './options.ts'
import { sameIdentity, sameProfile, type Identity, type Profile } from './profile.ts'

/** Applied to the call; absent is as the producer was made. All times are milliseconds. */
export interface CallOptions {
  /** Other than the producer's, and without `idempotent`: idempotent if ALL. */
  readonly acks?: Profile['acks'] | undefined
  /** A codec, or the name of one. */
  readonly compression?: string | CompressionCodec | undefined
  /** What `compression` may mean, besides what the producer knows. */
  readonly codecs?: readonly CompressionCodec[] | undefined
  /** Asked for every message without `partition`. Begins anew with each call, unless it is the producer's own. */
  readonly partitioner?: Partitioner | undefined
  readonly idempotent?: boolean | undefined
  /** With `producerEpoch`, and in an idempotent call only. The pair in use changes nothing; another one waits until what is ahead in its partitions is done. */
  readonly producerId?: bigint | undefined
  readonly producerEpoch?: number | undefined
  /** Produce again after an answer that says that our metadata is stale. */
  readonly repeatOnStaleMetadata?: boolean | undefined
  /** Whether brokers may create topics that are missing. */
  readonly autocreateTopics?: boolean | undefined
  /** Given to the broker to wait for replicas: 1 to `requestTimeout` - 1,000. */
  readonly timeout?: number | undefined
  /** From this call to its outcome. Any positive number, `linger` and `requestTimeout` or not. */
  readonly deliveryTimeout?: number | undefined
  /** How long a message may wait for metadata or memory; anew with each message of the call that is let in. */
  readonly bufferTimeout?: number | undefined
  /** One message that cannot be right refuses the call. */
  readonly strict?: boolean | undefined
  /**
   * Ends the call with AbortedError. Records that are not in a sealed batch are taken back (`outcome` 'not-persisted'); if any was
   * in one, it goes on, and `outcome` is 'unknown'.
   */
  readonly signal?: AbortSignal | undefined
  /** The result says where each message is, in `records`. Default false. */
  readonly records?: boolean | undefined
}

export interface CallSettings {
  readonly profile: Profile
  readonly bufferTimeoutMs: number
  readonly autocreate: boolean
  readonly strict: boolean
  readonly records: boolean
  readonly signal: AbortSignal | null
  readonly partitionerFor: ((topic: string) => TopicPartitioner) | undefined
}

const applied: ReadonlySet<string> = new Set([
  'acks',
  'compression',
  'codecs',
  'partitioner',
  'idempotent',
  'producerId',
  'producerEpoch',
  'repeatOnStaleMetadata',
  'autocreateTopics',
  'timeout',
  'deliveryTimeout',
  'bufferTimeout',
  'strict'
])

/** Where a call has rules of its own. */
const ownRules: OptionTable = {
  deliveryTimeout: {
    must: 'a positive number of milliseconds up to 2,147,483,647',
    holds: value => typeof value === 'number' && value > 0 && value < 2 ** 31
  },
  messages: { must: 'a list of messages', holds: value => Array.isArray(value) },
  signal: { must: 'an AbortSignal', holds: value => value instanceof AbortSignal },
  records: rules.flag()
}

export interface ClientFacts {
  readonly settings: ProducerSettings
  readonly autocreateTopics: boolean
  readonly strict: boolean
  readonly requestTimeoutMs: number
  /** The constructor's options as given, by name. */
  readonly given: Readonly<Record<string, unknown>>
  /** All options of the constructor. */
  readonly table: OptionTable
}

export class CallOptionReader {
  readonly #client: ClientFacts
  readonly #defaults: CallSettings
  readonly #table: OptionTable
  /** Profiles of calls with options of their own: calls alike share one, and so share batches without a comparison. */
  #lastProfile: Profile | null = null

  constructor(client: ClientFacts) {
    this.#client = client
    this.#table = { ...client.table, ...ownRules }
    this.#defaults = {
      profile: client.settings.profile,
      bufferTimeoutMs: client.settings.bufferTimeoutMs,
      autocreate: client.autocreateTopics,
      strict: client.strict,
      records: false,
      signal: null,
      partitionerFor: undefined
    }
  }

  /**
   * @param held the identity in use: naming it changes nothing
   * @throws InvalidArgumentError naming the option
   */
  read(options: CallOptions & { readonly messages: readonly MessageToProduce[] }, held: Identity | null): CallSettings {
    if (isPlain(options)) return this.#defaults
    checkOptions(this.#table, options, 'send')
    if (options.messages === undefined) throw new InvalidArgumentError('send.messages is required: a list of messages')
    this.#refuseOthers(options, 'send')
    return {
      profile: this.#profile(options, held),
      bufferTimeoutMs: options.bufferTimeout ?? this.#defaults.bufferTimeoutMs,
      autocreate: options.autocreateTopics ?? this.#defaults.autocreate,
      strict: options.strict ?? this.#defaults.strict,
      records: options.records ?? false,
      signal: options.signal ?? null,
      partitionerFor: this.#partitionerFor(options.partitioner)
    }
  }

  /**
   * For asking for an identity, which uses none of them: the same rules.
   *
   * @throws InvalidArgumentError also if the producer was made with an identity: no other would be written under
   */
  checkForIdentity(options: CallOptions): void {
    const path = 'initIdempotentProducer'
    const { messages: _, ...table } = this.#table
    checkOptions(table, options, path)
    this.#refuseOthers(options, path)
    this.#profile(options, null)
    const given = this.#client.settings.profile.identity
    if (given === null) return
    throw new InvalidArgumentError(
      `The producer writes under the producerId (${given.producerId}n) that it was made with: to be given one, make it without`
    )
  }

  #refuseOthers(options: object, path: string): void {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || applied.has(name) || Object.hasOwn(ownRules, name)) continue
      if (name !== 'serializers' && Object.is(value, this.#client.given[name])) continue
      const why =
        name === 'serializers'
          ? 'belong to the producer'
          : 'describes the producer and differs from what it was made with'
      throw new InvalidArgumentError(`${path}.${name} ${why}: it cannot be given to one call (${described(value)})`)
    }
  }

  #profile(options: CallOptions, held: Identity | null): Profile {
    const { settings, requestTimeoutMs } = this.#client
    const base = settings.profile
    const acks = options.acks ?? base.acks
    const wanted =
      options.idempotent ?? (options.acks === undefined || options.acks === base.acks ? base.idempotent : undefined)
    const idempotent = idempotence(acks, wanted)
    const codecs = codecTable(options.codecs, settings.codecs)
    const profile: Profile = {
      acks,
      codec: options.compression === undefined ? base.codec : codecOf(options.compression, codecs),
      idempotent,
      idempotenceRequired: idempotent && (options.idempotent ?? base.idempotenceRequired),
      identity: this.#identity(options, idempotent, held),
      timeoutMs: options.timeout === undefined ? base.timeoutMs : timeoutMsOf(options.timeout, requestTimeoutMs),
      deliveryTimeoutMs: options.deliveryTimeout ?? base.deliveryTimeoutMs,
      repeatOnStaleMetadata: options.repeatOnStaleMetadata ?? base.repeatOnStaleMetadata
    }
    for (const known of [base, this.#lastProfile]) if (known !== null && sameProfile(known, profile)) return known
    this.#lastProfile = profile
    return profile
  }

  /** The producer's own, given again, goes on with what it knows of each topic. */
  #partitionerFor(given: Partitioner | undefined): CallSettings['partitionerFor'] {
    const isOwn = given === undefined || given === this.#client.settings.partitioner
    return isOwn ? undefined : callPartitioner(given)
  }

  #identity(options: CallOptions, idempotent: boolean, held: Identity | null): Identity | null {
    const given = givenIdentity(options, idempotent)
    if (given === null) return this.#client.settings.profile.identity
    return sameIdentity(given, held) ? this.#client.settings.profile.identity : given
  }
}

// hot: bench
function isPlain(options: object): boolean {
  if (typeof options !== 'object' || options === null) return false
  if (!Array.isArray((options as { messages?: unknown }).messages)) return false
  for (const name in options) if (name !== 'messages') return false
  // A class may have accessors, which are not seen so.
  const prototype: unknown = Object.getPrototypeOf(options)
  return prototype === Object.prototype || prototype === null
}

function callPartitioner(partitioner: Partitioner): (topic: string) => TopicPartitioner {
  const byTopic = new Map<string, TopicPartitioner>()
  return topic => {
    let own = byTopic.get(topic)
    if (own === undefined) byTopic.set(topic, (own = topicPartitioner(partitioner, topic)))
    return own
  }
}

function madeFor(
  partitioner: Exclude<Partitioner, TopicPartitioner['partition']>,
  topic: string
): Partial<TopicPartitioner> | null | undefined {
  try {
    return partitioner.forTopic(topic)
  } catch (cause) {
    const text = `The partitioner's forTopic failed for ${topic}: ${reasonOf(cause)}`
    throw new SerializationError(text, { cause, field: 'partition' })
  }
}

export function topicPartitioner(partitioner: Partitioner, topic: string): TopicPartitioner {
  if (typeof partitioner === 'function') return { partition: partitioner }
  const given = madeFor(partitioner, topic)
  if (typeof given?.partition === 'function') return given as TopicPartitioner
  throw new TypeError(`the partitioner's forTopic gave ${described(given)}, which has no partition function`)
}
