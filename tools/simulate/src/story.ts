// A story: what happens in one run, as data. Any list of these events is a story, so a failing one can be cut down and replayed.

/** How a topic, a partition of it, and what to send are named in events. */
export interface MessagePlan {
  readonly topic: string
  /** Absent: the partitioner chooses. */
  readonly partition?: number
  readonly key?: string
  /** Length of the value, at least what its own name takes. */
  readonly bytes?: number
  readonly headers?: number
  /** How they are given. Default: pairs. */
  readonly headersAs?: 'map' | 'object'
  /** A value that cannot carry its name: the key carries it. */
  readonly odd?: 'null' | 'empty'
  /** As seen by the caller, milliseconds from now. */
  readonly timestamp?: number
  /** What is wrong with it, as no program in TypeScript could have it. */
  readonly flaw?: Flaw
  readonly throwing?: ThrowingProperty
}

/** What of a message has a getter that throws. */
export type ThrowingProperty = 'topic' | 'key' | 'value' | 'headers' | 'partition' | 'timestamp'

export type Flaw = 'value' | 'topic' | 'timestamp' | 'headers' | 'header' | 'header-name' | 'partition'

export type PartitionerName =
  | 'sticky'
  | 'even'
  | 'round-robin'
  | 'murmur2'
  | 'crc32'
  | 'platformatic'
  | 'kafkajs-legacy'
  /** The program's own, which asks for what the default would choose. */
  | 'fallback'

/** The options of one call. */
export interface CallPlan {
  readonly deliveryTimeout?: number
  readonly bufferTimeout?: number
  readonly acks?: -1 | 0 | 1
  readonly idempotent?: boolean
  readonly compression?: string
  readonly timeout?: number
  readonly strict?: boolean
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly partitioner?: PartitionerName
}

/** Which requests a rule is about, and how many of them. */
export interface RuleScope {
  readonly api: RuleApi
  /** Requests let by before the first one. Default 0. */
  readonly skip?: number
  /** Requests that are touched. Default 1; 0: all, until healed. */
  readonly times?: number
  readonly broker?: number
  /** Only requests of this version or later ones. */
  readonly fromVersion?: number
  /** Only requests that have something for this partition; and an `error` is for it alone. */
  readonly topic?: string
  readonly partition?: number
}

export type RuleApi = 'Produce' | 'Metadata' | 'InitProducerId' | 'ApiVersions' | 'SaslHandshake' | 'SaslAuthenticate'

/** What becomes of a request. */
export interface RuleDeed {
  /** Before it takes effect, milliseconds. */
  readonly delay?: number
  /** With an error: the error comes after the fact. Without: false is no effect. */
  readonly execute?: boolean
  readonly error?: number
  readonly answerDelay?: number
  readonly throttle?: number
  readonly drop?: true | 'skip'
  /** Ends the connection after so many bytes of the answer. */
  readonly cut?: number
  readonly cutBy?: 'end' | 'reset'
  /** What was appended is lost again, and the partition has this leader. */
  readonly loseTo?: number
  /** The partition has this leader once the request has taken effect. */
  readonly moveTo?: number
  /** Turns a bit of the first batch on its way, so many bytes from its end. */
  readonly flip?: number
  /** Changes the answer, or its bytes. */
  readonly mutation?: Mutation
}

export type Mutation =
  | { readonly kind: 'omit-partition' | 'extra-partition' | 'double-partition' }
  | { readonly kind: 'correlation'; readonly add: number }
  | { readonly kind: 'twice' }
  | { readonly kind: 'length'; readonly value: number }
  | { readonly kind: 'truncate'; readonly bytes: number }
  | { readonly kind: 'trail'; readonly bytes: number }
  | { readonly kind: 'overwrite'; readonly at: number; readonly hex: string }
  | { readonly kind: 'replace'; readonly hex: string }
  | { readonly kind: 'no-offset' }
  | { readonly kind: 'record-error'; readonly index: number; readonly code: number; readonly text: string | null }
  | { readonly kind: 'leader'; readonly id: number; readonly epoch?: number }
  | { readonly kind: 'epoch'; readonly value: number }
  /** Of every partition, in metadata. */
  | { readonly kind: 'partition-error'; readonly code: number }
  /** Brokers before 2.5: who is not known is told so, and where the log begins. */
  | { readonly kind: 'unknown-producer' }
  | { readonly kind: 'no-brokers' | 'no-topic-ids' }
  | { readonly kind: 'without-broker'; readonly id: number }
  | { readonly kind: 'cluster-id'; readonly value: string }
  | { readonly kind: 'identity'; readonly producerId: number; readonly producerEpoch: number }

/** How connections behave. */
export interface ShapePlan {
  readonly latencyMs?: number | readonly [number, number]
  readonly pieceBytes?: number | readonly [number, number]
  readonly coalesceMs?: number
  readonly bytesPerMs?: number
  readonly windowBytes?: number
  readonly highWaterBytes?: number
}

/** What the application does, also from inside of what the producer calls. */
export type CallEvent =
  | {
      readonly kind: 'send'
      readonly call: number
      readonly messages: readonly MessagePlan[]
      readonly options?: CallPlan
      /** What the call's callback does. */
      readonly inCallback?: readonly CallEvent[] | undefined
    }
  | { readonly kind: 'abort'; readonly call: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'close'; readonly timeout?: number }
  | { readonly kind: 'reset'; readonly topic: string; readonly partition?: number }
  | { readonly kind: 'init' }

/** What the application does, and what befalls its process. */
export type ClientEvent =
  | CallEvent
  /** What the client gives as its password from now on, and how. */
  | { readonly kind: 'client-password'; readonly value: string; readonly how: 'none' | 'slow' | 'throws' | 'hangs' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'partitions-for'; readonly topic: string }
  /** The event loop is busy for so long: time passes and nothing is read. */
  | { readonly kind: 'stall'; readonly ms: number }
  /** Only the wall clock of the client. */
  | { readonly kind: 'wall-clock'; readonly byMs: number }

/** What the cluster does. */
export type ClusterEvent =
  | { readonly kind: 'move'; readonly topic: string; readonly partition: number; readonly to: number }
  | { readonly kind: 'kill'; readonly broker: number; readonly elect?: boolean }
  | { readonly kind: 'restart'; readonly broker: number }
  | { readonly kind: 'pause' | 'resume'; readonly broker: number }
  | { readonly kind: 'elect' }
  | { readonly kind: 'server-password'; readonly value: string }
  | { readonly kind: 'isr'; readonly topic: string; readonly partition: number; readonly brokers: readonly number[] }
  /** The last records of a log are lost, acknowledged or not, and with them what was known of producers from them. */
  | { readonly kind: 'truncate'; readonly topic: string; readonly partition: number; readonly records: number }
  /** The first records of a log are lost; Infinity is written as -1. */
  | { readonly kind: 'delete-records'; readonly topic: string; readonly partition: number; readonly records: number }
  | { readonly kind: 'forget-producers'; readonly topic: string; readonly partition?: number }
  | { readonly kind: 'grow'; readonly topic: string; readonly partitions: number }
  | { readonly kind: 'create'; readonly topic: string; readonly partitions: number }
  | { readonly kind: 'delete'; readonly topic: string }
  | {
      readonly kind: 'alter'
      readonly topic: string
      readonly maxMessageBytes?: number
      readonly minInsyncReplicas?: number
    }
  | { readonly kind: 'versions'; readonly api: RuleApi; readonly max: number | null; readonly broker?: number }
  | ({ readonly kind: 'rule' } & RuleScope & RuleDeed)

/** What the network does. */
export type NetworkEvent =
  | { readonly kind: 'cut'; readonly broker?: number; readonly how?: 'end' | 'reset' }
  /** Once so many bytes more have gone this way. */
  | {
      readonly kind: 'cut-after'
      readonly broker?: number
      readonly way: Way
      readonly bytes: number
      readonly how?: 'end' | 'reset'
    }
  /** Packets of the connections that exist vanish for so long. */
  | { readonly kind: 'black-hole'; readonly broker?: number; readonly way?: Way; readonly forMs: number }
  /** As a black hole, and for new connections too. */
  | { readonly kind: 'isolate'; readonly broker: number; readonly forMs: number }
  | { readonly kind: 'shape'; readonly shape: ShapePlan }
  | { readonly kind: 'name'; readonly host: string; readonly addresses: readonly string[] | null }
  /** Brokers close connections, each with a word that has to travel. */
  | { readonly kind: 'hang-up'; readonly broker?: number; readonly how: 'end' | 'reset' }
  /** The next writes of the client end their connection with EPIPE; nothing of them leaves. */
  | { readonly kind: 'broken-pipe'; readonly times: number }

export type Way = 'to-server' | 'to-client'

export type StoryEvent = { readonly atMs: number } & (ClientEvent | ClusterEvent | NetworkEvent)

export interface TopicPlan {
  readonly partitions: number
  readonly timestampType?: 'create' | 'append'
  readonly compacted?: boolean
}

export interface ClusterPlan {
  readonly brokers?: number
  readonly topics: Readonly<Record<string, TopicPlan>>
  readonly abandonedRequests?: 'dropped' | 'begun' | 'all'
  readonly topicIds?: boolean
  readonly acceptUnknownProducer?: boolean
  readonly versions?: Partial<Readonly<Record<RuleApi, { readonly max: number } | null>>>
  /** Clients must authenticate as `app`. */
  readonly sasl?: { readonly password: string; readonly sessionLifetimeMs?: number }
}

/** What the application's own code does. */
export interface ApplicationPlan {
  /** Its value serializer gives the same memory each time. */
  readonly scratch?: boolean
  /** The gzip codec: how long it takes on another thread (absent: on this one), and which of its results is a failure. */
  readonly codec?: {
    readonly delayMs?: readonly [number, number]
    readonly failEvery?: number
    /** It writes into the batch's memory. */
    readonly into?: boolean
    /** What it made it cannot read. */
    readonly unreadable?: boolean
  }
  readonly partitioner?: PartitionerName
  /** Its serializers write into the batch's memory; or must prepare for each topic, and fail at that the first time. */
  readonly serializer?: 'into' | 'prepares' | 'cannot-prepare'
  /** How long the preparation takes. Default 30. */
  readonly prepareMs?: number
  /** Which of these throws, and at which record (callback: call) of so many. */
  readonly throwing?: {
    readonly callback?: number
    readonly serializer?: number
    readonly partitioner?: number
    readonly interceptor?: number
    /** It gives a promise that is rejected in place of throwing. */
    readonly rejects?: boolean
  }
  /** What it does when its observer is told of an outcome: one of these each time, in order. */
  readonly inOutcomes?: readonly CallEvent[]
  /** It authenticates with this password. */
  readonly password?: string
}

/** The producer's options, as far as they are data. */
export interface ProducerPlan {
  readonly acks?: -1 | 0 | 1
  readonly idempotent?: boolean
  readonly linger?: number
  readonly batchSize?: number
  readonly maxRequestSize?: number
  readonly bufferMemory?: number
  readonly bufferTimeout?: number
  readonly maxWaiting?: number
  readonly deliveryTimeout?: number
  readonly requestTimeout?: number
  readonly connectTimeout?: number
  readonly retries?: number | boolean
  readonly retryUncertain?: boolean
  readonly trustBaseOffset?: boolean
  readonly dataLossPolicy?: 'continue' | 'fail'
  readonly topicRecreatedPolicy?: 'continue' | 'fail'
  readonly maxInflights?: number
  readonly metadataMaxAge?: number
  readonly idleTimeout?: number
  readonly compression?: string
  readonly producerId?: number
  readonly producerEpoch?: number
  /** Hosts to begin with; absent: all brokers. */
  readonly bootstrap?: readonly string[]
}

export interface Plan {
  readonly seed: number
  readonly cluster: ClusterPlan
  readonly producer: ProducerPlan
  /** Where each epoch begins to count. Default 0. */
  readonly firstSequence?: number
  readonly application?: ApplicationPlan
  readonly shape?: ShapePlan
  readonly events: readonly StoryEvent[]
  /** When everything is mended, milliseconds. Default: 100 ms behind the last event. */
  readonly healAtMs?: number
  /** Whether each partition that was written to must take one more record in the end. Default true. */
  readonly probe?: boolean
}

/** When everything is mended. */
export function endOf({ events, healAtMs }: Plan): number {
  return healAtMs ?? Math.max(0, ...events.map(event => event.atMs)) + 100
}
