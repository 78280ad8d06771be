// What stories are made of: topics, calls spread over time, and the options that nearly all scenarios share.
import type { Dice } from '../dice.ts'
import type { Mode } from '../scenario.ts'
import type { CallEvent, CallPlan, ClusterPlan, MessagePlan, ProducerPlan, ShapePlan, StoryEvent } from '../story.ts'

/** A call in a story. */
export type Sending = Extract<StoryEvent, { readonly kind: 'send' }>

export interface TrafficOptions {
  readonly calls: number
  readonly fromMs?: number
  readonly overMs: number
  /** Default: `orders`, of three partitions. */
  readonly topics?: Readonly<Record<string, number>>
  readonly mostMessages?: number
  readonly mostBytes?: number
  /** Share of messages with a key in place of a partition. Default 0.2. */
  readonly keyed?: number
  /** The number of the first call. */
  readonly firstCall?: number
}

export const orders: Readonly<Record<string, number>> = { orders: 3 }

/** Calls at chance moments, in order of time. */
export function traffic(dice: Dice, options: TrafficOptions): Sending[] {
  const { calls, fromMs = 0, overMs, firstCall = 0 } = options
  const moments = Array.from({ length: calls }, () => fromMs + dice.between(0, overMs)).toSorted((a, b) => a - b)
  return moments.map((atMs, place) => ({
    atMs,
    kind: 'send',
    call: firstCall + place,
    messages: messages(dice, options)
  }))
}

function messages(dice: Dice, options: TrafficOptions): MessagePlan[] {
  const { topics = orders, mostMessages = 4, mostBytes = 200, keyed = 0.2 } = options
  return Array.from({ length: dice.between(1, mostMessages) }, () => {
    const [topic, partitions] = dice.pick(Object.entries(topics))
    const bytes = dice.between(0, mostBytes)
    if (dice.chance(keyed)) return { topic, key: `k${dice.between(0, 20)}`, bytes }
    return { topic, partition: dice.between(0, partitions - 1), bytes }
  })
}

/** One message to one place. */
export function one(atMs: number, call: number, topic = 'orders', partition = 0): Sending {
  return { atMs, kind: 'send', call, messages: [{ topic, partition }] }
}

/** The same calls, some of them with options of their own. */
export function withOptions(calls: readonly Sending[], optionsOf: () => CallPlan | undefined): Sending[] {
  return calls.map(event => {
    const options = optionsOf()
    return options === undefined ? event : { ...event, options }
  })
}

/** The same calls, each with what its callback does. */
export function withCallbacks(
  calls: readonly Sending[],
  deedsOf: (call: Sending) => readonly CallEvent[] | undefined
): Sending[] {
  return calls.map(event => {
    const inCallback = deedsOf(event)
    return inCallback === undefined ? event : { ...event, inCallback }
  })
}

const firstResent = 1_000_000

/** The call's messages in another call. */
export function resend(sent: Sending): CallEvent {
  return { kind: 'send', call: firstResent + sent.call, messages: sent.messages }
}

/** One call to each partition at the start, so that everything is known and connected when the fault comes. */
export function warmUp(topics: Readonly<Record<string, number>> = orders): Sending[] {
  return Object.entries(topics).flatMap(([topic, partitions], first) =>
    Array.from({ length: partitions }, (_, partition) => one(0, -100 - first * 100 - partition, topic, partition))
  )
}

/** Calls of one message each to one partition of `orders`, at even distances. */
export function streamTo(
  partition: number,
  options: { readonly firstCall: number; readonly fromMs: number; readonly everyMs: number; readonly calls: number }
): Sending[] {
  const { firstCall, fromMs, everyMs, calls } = options
  return Array.from({ length: calls }, (_, place) =>
    one(fromMs + place * everyMs, firstCall + place, 'orders', partition)
  )
}

export function cluster(
  topics: Readonly<Record<string, number>> = orders,
  rest: Partial<ClusterPlan> = {}
): ClusterPlan {
  const plans = Object.fromEntries(Object.entries(topics).map(([name, partitions]) => [name, { partitions }]))
  return { topics: plans, ...rest }
}

/** Times short enough that a run is short, and in the proportions of the defaults. */
export function producer(dice: Dice, mode: Mode, rest: ProducerPlan = {}): ProducerPlan {
  return {
    ...(mode === 'plain' ? { idempotent: false } : {}),
    requestTimeout: 2_000,
    deliveryTimeout: 12_000,
    connectTimeout: 1_500,
    linger: dice.pick([0, 0, 1, 5, 20]),
    batchSize: dice.pick([200, 500, 2_000, 262_144]),
    maxInflights: dice.pick([5, 5, 3, 1]),
    ...(dice.chance(0.15) ? { compression: 'gzip' } : {}),
    ...rest
  }
}

/** Networks from the plain to the odd. */
export function shape(dice: Dice): ShapePlan {
  return {
    latencyMs: dice.pick<ShapePlan['latencyMs'] & {}>([0, 1, [0, 3], [1, 20], 5]),
    pieceBytes: dice.pick<ShapePlan['pieceBytes'] & {}>([65_536, 65_536, 65_536, 65_536, [1, 200], [1, 30]]),
    coalesceMs: dice.pick([0, 0, 0, 10]),
    windowBytes: dice.pick([262_144, 262_144, 1_024])
  }
}

/** Brokers of a cluster of three. */
export function anyBroker(dice: Dice): number {
  return dice.between(1, 3)
}

export function byTime(events: readonly StoryEvent[]): StoryEvent[] {
  return events.toSorted((a, b) => a.atMs - b.atMs)
}
