// Group R: random stories, anything with anything (semantics 5.5). Few claims but the invariants.
import type { Dice } from '../dice.ts'
import type { Mode, PlanBody, Scenario } from '../scenario.ts'
import type { CallEvent, CallPlan, StoryEvent } from '../story.ts'
import {
  byTime,
  cluster,
  orders,
  producer,
  resend,
  shape,
  traffic,
  withCallbacks,
  withOptions,
  type Sending
} from './traffic.ts'

type Maker = (dice: Dice, atMs: number) => StoryEvent[]

const topics: Readonly<Record<string, number>> = { ...orders, events: 2 }

function place(dice: Dice): { readonly topic: string; readonly partition: number } {
  const [topic, partitions] = dice.pick(Object.entries(topics))
  return { topic, partition: dice.between(0, partitions - 1) }
}

const broker = (dice: Dice): number => dice.between(1, 3)

/** Errors that brokers give before an append. */
const refusals = [2, 3, 5, 6, 9, 10, 13, 19, 31, 35, 42, 45, 47, 49, 51, 74, 75, 76, 87, 90, 29, 100]
/** Errors that may come after one. */
const afterwards = [3, 6, 7, 20, 56, -1]

const faults: readonly Maker[] = [
  (dice, atMs) => [{ atMs, kind: 'cut', broker: broker(dice), how: dice.pick(['end', 'reset']) }],
  (dice, atMs) => [
    {
      atMs,
      kind: 'cut-after',
      broker: broker(dice),
      way: dice.pick(['to-server', 'to-client']),
      bytes: dice.between(0, 600)
    }
  ],
  (dice, atMs) => [
    { atMs, kind: 'hang-up', how: dice.pick(['end', 'reset']), ...(dice.chance(0.5) ? { broker: broker(dice) } : {}) }
  ],
  (dice, atMs) => [{ atMs, kind: 'black-hole', broker: broker(dice), forMs: dice.between(50, 3_000) }],
  (dice, atMs) => [{ atMs, kind: 'isolate', broker: broker(dice), forMs: dice.between(50, 3_000) }],
  (dice, atMs) => [{ atMs, kind: 'move', ...place(dice), to: dice.between(1, 3) }],
  (dice, atMs) => {
    const id = broker(dice)
    return [
      { atMs, kind: 'kill', broker: id, elect: dice.chance(0.7) },
      { atMs: atMs + dice.between(20, 2_500), kind: 'restart', broker: id }
    ]
  },
  (dice, atMs) => {
    const id = broker(dice)
    return [
      { atMs, kind: 'pause', broker: id },
      { atMs: atMs + dice.between(20, 3_000), kind: 'resume', broker: id }
    ]
  },
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      ...place(dice),
      skip: dice.between(0, 3),
      times: dice.between(1, 4),
      error: dice.pick(refusals)
    }
  ],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      ...place(dice),
      times: dice.between(1, 3),
      execute: true,
      error: dice.pick(afterwards)
    }
  ],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      ...place(dice),
      execute: true,
      error: dice.pick([3, 6]),
      loseTo: dice.between(1, 3)
    }
  ],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      times: dice.between(1, 3),
      cut: dice.pick([0, 0, 9]),
      cutBy: dice.pick(['end', 'reset']),
      execute: dice.chance(0.5)
    }
  ],
  (dice, atMs) => [
    { atMs, kind: 'rule', api: 'Produce', broker: broker(dice), delay: dice.between(1, 900) },
    { atMs: atMs + dice.between(1, 60), kind: 'cut', broker: broker(dice) }
  ],
  (dice, atMs) => [
    { atMs, kind: 'rule', api: 'Produce', times: dice.between(1, 2), answerDelay: dice.between(10, 3_000) }
  ],
  (dice, atMs) => [{ atMs, kind: 'rule', api: 'Produce', drop: true }],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      mutation: { kind: dice.pick(['omit-partition', 'extra-partition', 'double-partition'] as const) }
    }
  ],
  (dice, atMs) => [{ atMs, kind: 'rule', api: 'Produce', mutation: { kind: 'truncate', bytes: dice.between(1, 30) } }],
  (dice, atMs) => [{ atMs, kind: 'rule', api: 'Produce', times: dice.between(1, 5), throttle: dice.between(1, 800) }],
  (dice, atMs) => [
    { atMs, kind: 'rule', api: 'Metadata', times: dice.between(1, 5), error: dice.pick([5, 7, -1]), topic: 'orders' }
  ],
  (dice, atMs) => [
    { atMs, kind: 'rule', api: 'InitProducerId', times: dice.between(1, 3), error: dice.pick([14, 15, 16, 7, -1]) }
  ],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Metadata',
      times: dice.between(1, 5),
      mutation: { kind: 'no-topic-ids' },
      ...(dice.chance(0.5) ? { broker: broker(dice) } : {})
    }
  ],
  (dice, atMs) => [{ atMs, kind: 'stall', ms: dice.between(10, 5_000) }],
  (dice, atMs) => [{ atMs, kind: 'wall-clock', byMs: dice.pick([-3_600_000, 86_400_000]) }],
  (dice, atMs) => [{ atMs, kind: 'shape', shape: shape(dice) }],
  (dice, atMs) => [{ atMs, kind: 'versions', api: 'Produce', max: dice.between(7, 13), broker: broker(dice) }],
  (dice, atMs) => [
    { atMs, kind: 'alter', topic: dice.pick(Object.keys(topics)), maxMessageBytes: dice.pick([300, 500, 2_000]) }
  ]
]

/** Faults that take away what was acknowledged, or what brokers know. */
const losses: readonly Maker[] = [
  (dice, atMs) => [{ atMs, kind: 'truncate', ...place(dice), records: dice.between(1, 20) }],
  (dice, atMs) => [{ atMs, kind: 'delete-records', ...place(dice), records: dice.pick([1, 5, -1]) }],
  (dice, atMs) => [{ atMs, kind: 'forget-producers', ...place(dice) }],
  (dice, atMs) => [
    { atMs, kind: 'delete', topic: 'events' },
    { atMs: atMs + dice.pick([0, 50, 500]), kind: 'create', topic: 'events', partitions: 2 }
  ]
]

function callOptions(dice: Dice): CallPlan | undefined {
  if (dice.chance(0.75)) return undefined
  return dice.pick<CallPlan>([
    { deliveryTimeout: dice.between(1, 3_000) },
    { compression: 'gzip' },
    { acks: 1, idempotent: false },
    { idempotent: false },
    { timeout: 900 },
    { strict: true },
    { partitioner: 'round-robin' },
    { producerId: 9_000, producerEpoch: 2 }
  ])
}

/** A plain producer writes under no identity, and refuses a call that gives one. */
function suited(mode: Mode, options: CallPlan | undefined): CallPlan | undefined {
  return mode === 'plain' && options?.producerId !== undefined ? undefined : options
}

/** Faults that befall a program of which more is asked. */
const wildFaults: readonly Maker[] = [
  (dice, atMs) => [
    { atMs, kind: 'forget-producers', topic: 'orders', partition: 0 },
    { atMs, kind: 'move', topic: 'orders', partition: 0, to: dice.between(1, 3) }
  ],
  (_, atMs) => [{ atMs, kind: 'init' }],
  (_, atMs) => [{ atMs, kind: 'delete', topic: 'events' }],
  (dice, atMs) => [
    {
      atMs,
      kind: 'rule',
      api: 'Produce',
      ...place(dice),
      times: dice.between(1, 3),
      execute: dice.chance(0.5),
      error: dice.pick([3, 6]),
      mutation: { kind: 'no-offset' }
    }
  ]
]

function deed(dice: Dice, sent: Sending): CallEvent {
  return dice.pick<CallEvent>([
    { kind: 'abort', call: sent.call + dice.pick([-2, -1, 1, 2]) },
    { kind: 'flush' },
    { kind: 'reset', topic: dice.pick(Object.keys(topics)) },
    { kind: 'init' },
    resend(sent)
  ])
}

/** The same calls, asking for more: many identities, partitioners of their own, deeds inside callbacks, messages that throw. */
function wild(dice: Dice, mode: Mode, calls: readonly Sending[]): Sending[] {
  const pairs = dice.pick([0, 0, 1, 30])
  const optionsOf = (): CallPlan | undefined => {
    if (pairs === 0 || dice.chance(0.4)) return dice.chance(0.2) ? { partitioner: 'fallback' } : undefined
    return { producerId: 9_100 + dice.between(0, pairs), producerEpoch: 0 }
  }
  const throws = dice.chance(0.2)
  const given = withOptions(calls, () => suited(mode, optionsOf())).map(sent => ({
    ...sent,
    messages: sent.messages.map(message =>
      throws && dice.chance(0.05) ? { ...message, throwing: dice.pick(['topic', 'key', 'value'] as const) } : message
    )
  }))
  return withCallbacks(given, sent => (dice.chance(0.2) ? [deed(dice, sent)] : undefined))
}

function wildStory(dice: Dice, mode: Mode): PlanBody {
  const plan = story(dice, mode, dice.chance(0.5))
  const sendings = plan.events.filter(event => event.kind === 'send')
  const others = plan.events.filter(event => event.kind !== 'send')
  const overMs = Math.max(...sendings.map(({ atMs }) => atMs))
  const more = Array.from({ length: dice.between(0, 3) }, () => dice.pick(wildFaults)(dice, dice.between(0, overMs)))
  const inOutcomes = Array.from({ length: 20 }, () => deed(dice, dice.pick(sendings)))
  return {
    ...plan,
    // For so long a topic that is gone is asked for.
    healAtMs: plan.healAtMs! + (more.flat().some(({ kind }) => kind === 'delete') ? 35_000 : 0),
    // Only so is an answer without an offset no lie.
    producer: { ...plan.producer, trustBaseOffset: false },
    ...(dice.chance(0.2) ? { application: { inOutcomes } } : {}),
    events: byTime([...wild(dice, mode, sendings), ...others, ...more.flat()])
  }
}

function program(dice: Dice, mode: Mode, overMs: number): StoryEvent[] {
  const calls = withOptions(
    traffic(dice, {
      calls: dice.between(5, 60),
      overMs,
      topics,
      mostMessages: dice.pick([1, 3, 10]),
      mostBytes: dice.pick([50, 300, 3_000])
    }),
    () => suited(mode, callOptions(dice))
  )
  const aborts = calls.flatMap((event): StoryEvent[] => {
    if (dice.chance(0.92)) return []
    return [{ atMs: event.atMs + dice.pick([0, 1, dice.between(1, 500)]), kind: 'abort', call: event.call }]
  })
  const flushes = Array.from({ length: dice.between(0, 3) }, (): StoryEvent => ({
    atMs: dice.between(0, overMs),
    kind: 'flush'
  }))
  const questions = Array.from({ length: dice.between(0, 2) }, (): StoryEvent => {
    const atMs = dice.between(0, overMs)
    return dice.chance(0.5) ? { atMs, kind: 'drained' } : { atMs, kind: 'partitions-for', topic: 'events' }
  })
  return [...calls, ...aborts, ...flushes, ...questions]
}

function story(dice: Dice, mode: Mode, isLossy: boolean): PlanBody {
  const overMs = dice.pick([200, 1_000, 4_000])
  const events = program(dice, mode, overMs)
  for (let i = 0; i < dice.between(1, 6); i++) events.push(...dice.pick(faults)(dice, dice.between(0, overMs)))
  if (isLossy)
    for (let i = 0; i < dice.between(1, 2); i++) events.push(...dice.pick(losses)(dice, dice.between(0, overMs)))
  if (dice.chance(0.1))
    events.push({
      atMs: dice.between(0, overMs),
      kind: 'close',
      ...(dice.chance(0.5) ? { timeout: dice.between(0, 2_000) } : {})
    })
  return {
    cluster: cluster(topics, {
      abandonedRequests: dice.pick(['begun', 'all', 'dropped']),
      acceptUnknownProducer: dice.chance(0.8),
      topicIds: dice.chance(0.85)
    }),
    producer: producer(dice, mode, {
      ...(dice.chance(0.15) ? { bufferMemory: 16_384, batchSize: 1_000, bufferTimeout: dice.pick([500, 60_000]) } : {}),
      ...(dice.chance(0.2) ? { deliveryTimeout: 3_000, requestTimeout: 1_000 } : {}),
      ...(dice.chance(0.1) ? { retries: dice.pick([0, 1, 3, false]) } : {}),
      ...(dice.chance(0.1) ? { dataLossPolicy: 'fail', topicRecreatedPolicy: 'continue' } : {}),
      ...(dice.chance(0.2) ? { metadataMaxAge: 300 } : {})
    }),
    shape: shape(dice),
    probe: false,
    healAtMs: overMs + dice.pick([100, 2_000, 5_000]),
    events: byTime(events)
  }
}

const anything: Scenario = {
  id: 'R1',
  group: 'R',
  title: 'a random program, random faults, nothing lost by the cluster',
  plan: (dice, mode) => story(dice, mode, false),
  fired: run => run.effects.reduce((sum, times) => sum + times, 0)
}

const anythingLost: Scenario = {
  id: 'R2',
  group: 'R',
  title: 'a random program, random faults, a cluster that loses records, memory and topics',
  plan: (dice, mode) => story(dice, mode, true),
  fired: run => run.effects.reduce((sum, times) => sum + times, 0)
}

const anythingAsked: Scenario = {
  id: 'R3',
  group: 'R',
  title: 'a random program that asks for more: from inside callbacks, under many identities, by messages that throw',
  plan: wildStory,
  fired: run => run.effects.reduce((sum, times) => sum + times, 0)
}

export const randomScenarios: readonly Scenario[] = [anything, anythingLost, anythingAsked]
