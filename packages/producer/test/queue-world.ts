// A model of one partition's world for the queue: a broker by the book, connections that die, requests that outlive them.
import { ConnectionError, type RecordOutcome } from '@sluice/core'
import { seededRandom } from '@sluice/testing'
import { reduce } from '../src/partition-queue.ts'
import { candidate, stage } from '../src/queue-departure.ts'
import type { QueueEffect, QueueRules } from '../src/queue-events.ts'
import type { Profile } from '../src/profile.ts'
import { newQueueState, type QueuedBatch, type QueueState } from '../src/queue-state.ts'
import { judge, judgeLostRequest, type Verdict, type VerdictRules } from '../src/verdict.ts'
import { untouched } from './queue-story.ts'

export const requestTimeoutMs = 1_000
const deliveryTimeoutMs = 8_000
const epochCap = 2 ** 31

export interface WorldFaults {
  /** Chance of each per step, 0 to 1. */
  readonly cut: number
  readonly refuse: number
  readonly failAfterAppend: number
  readonly reject: number
  readonly expire: number
  readonly forget: number
}

export interface WorldBatch extends QueuedBatch {
  readonly id: number
  /** Ids of its records. */
  records: number[]
}

interface Request {
  readonly batch: WorldBatch
  readonly producerId: bigint
  readonly epoch: number
  readonly sequence: number
  readonly records: readonly number[]
}

interface Answered {
  readonly batch: WorldBatch
  readonly errorCode: number
  readonly baseOffset: bigint
}

interface Connection {
  readonly route: number
  readonly requests: Request[]
  readonly answers: Answered[]
}

interface ProducerMemory {
  epoch: number
  entries: { first: number; count: number; offset: bigint }[]
}

const rules: QueueRules = {
  quarantineMs: requestTimeoutMs,
  dataLossPolicy: 'continue',
  topicRecreatedPolicy: 'fail',
  trustBaseOffset: true,
  retries: Number.POSITIVE_INFINITY
}

export class QueueWorld {
  readonly log: number[] = []
  readonly outcomes = new Map<number, 'acked' | RecordOutcome>()
  readonly settledTwice: number[] = []
  readonly wrongOffsets: number[] = []
  /** Most batches of one epoch that were sequenced and unanswered at once. */
  mostStaged = 0
  readonly identitiesOf = new Map<number, Set<string>>()
  readonly uncertainUnder = new Map<number, string>()
  readonly goldenRuleBroken: number[] = []
  accepted = 0
  nowMs = 0

  readonly #state: QueueState<WorldBatch> = newQueueState()
  readonly #random: () => number
  readonly #faults: WorldFaults
  readonly #profile: Profile
  readonly #memory = new Map<bigint, ProducerMemory>()
  readonly #zombies: { readonly untilMs: number; readonly request: Request }[] = []
  #connection: Connection = { route: 1, requests: [], answers: [] }
  #routes = 1
  #producerIds = 1n
  #identityVersion = 1
  #batchIds = 0

  constructor(seed: number, faults: WorldFaults, idempotent = true) {
    this.#random = seededRandom(seed)
    this.#faults = faults
    this.#profile = {
      acks: -1,
      codec: null,
      idempotent,
      idempotenceRequired: false,
      identity: null,
      timeoutMs: 1_000,
      deliveryTimeoutMs,
      repeatOnStaleMetadata: true
    }
  }

  /** Random events, then a calm in which everything must end. */
  run(steps: number): void {
    for (let i = 0; i < steps; i++) this.#step()
    for (let i = 0; i < 400 && this.#busy(); i++) this.#calmStep()
  }

  #busy(): boolean {
    return this.#state.batches.some(batch => !batch.givenUp) || this.#state.inFlight > 0
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #step(): void {
    const dice = this.#random()
    if (this.#chance(this.#faults.cut)) this.#cut()
    else if (this.#chance(this.#faults.forget)) this.#memory.clear()
    else if (dice < 0.25) this.#accept()
    else if (dice < 0.5) this.#take()
    else if (dice < 0.7) this.#execute(true)
    else if (dice < 0.9) this.#deliver()
    else this.#advance(this.#chance(this.#faults.expire) ? 5_000 : 30)
  }

  #calmStep(): void {
    while (this.#take());
    while (this.#execute(false));
    while (this.#deliver());
    this.#advance(200)
  }

  #accept(): void {
    const count = 1 + Math.floor(this.#random() * 3)
    const records = Array.from({ length: count }, () => this.accepted++)
    this.#state.batches.push(this.#newBatch(records))
  }

  #newBatch(records: number[]): WorldBatch {
    return {
      id: this.#batchIds++,
      records,
      recordCount: records.length,
      compressed: false,
      profile: this.#profile,
      deadlineMs: this.nowMs + deliveryTimeoutMs,
      ...untouched
    }
  }

  #take(): boolean {
    const identity = { producerId: this.#producerIds, producerEpoch: 0, version: this.#identityVersion }
    const departure = { nowMs: this.nowMs, route: this.#connection.route, identity, plainFallback: false }
    const batch = candidate(this.#state, departure)
    if (batch === null || !stage(this.#state, batch, departure)) return false
    const producerId = batch.identity?.producerId ?? -1n
    const epoch = batch.identity?.producerEpoch ?? -1
    this.#audit(batch, `${producerId}/${epoch}/${batch.wireSequence}/${batch.recordCount}`)
    const { wireSequence: sequence, records } = batch
    this.#connection.requests.push({ batch, producerId, epoch, sequence, records: [...records] })
    const unanswered = this.#state.batches.filter(each => each.sequence >= 0 && (each.inFlight || each.everUncertain))
    this.mostStaged = Math.max(this.mostStaged, unanswered.length)
    return true
  }

  /** A record that was ever uncertain under one identity must never appear under another. */
  #audit(batch: WorldBatch, identity: string): void {
    for (const record of batch.records) {
      const uncertain = this.uncertainUnder.get(record)
      if (uncertain !== undefined && uncertain !== identity && batch.everUncertain) this.goldenRuleBroken.push(record)
      const known = this.identitiesOf.get(record) ?? new Set()
      known.add(identity)
      this.identitiesOf.set(record, known)
      if (batch.everUncertain) this.uncertainUnder.set(record, identity)
    }
  }

  #execute(withFaults: boolean): boolean {
    const request = this.#connection.requests.shift()
    if (request === undefined) return false
    this.#connection.answers.push(this.#answer(request, withFaults))
    return true
  }

  #answer(request: Request, withFaults: boolean): Answered {
    const { batch } = request
    if (withFaults && this.#chance(this.#faults.refuse)) return { batch, errorCode: 6, baseOffset: -1n }
    if (withFaults && this.#chance(this.#faults.reject))
      return { batch, errorCode: this.#chance(0.5) ? 87 : 10, baseOffset: -1n }
    const { errorCode, baseOffset } = this.#append(request)
    if (errorCode === 0 && withFaults && this.#chance(this.#faults.failAfterAppend)) {
      return { batch, errorCode: this.#chance(0.5) ? 7 : 6, baseOffset }
    }
    return { batch, errorCode, baseOffset }
  }

  /** What a broker does with a batch (KIP-98): exact duplicates of the last five, then sequence and epoch. */
  #append(request: Request): { errorCode: number; baseOffset: bigint } {
    const { producerId, epoch, sequence, records } = request
    if (producerId >= 0n) {
      const memory = this.#memory.get(producerId)
      const refusal = memory === undefined ? null : judgeSequence(memory, epoch, sequence, records.length)
      if (refusal !== null) return refusal
      const known = memory === undefined || memory.epoch !== epoch ? { epoch, entries: [] } : memory
      known.entries.push({ first: sequence, count: records.length, offset: BigInt(this.log.length) })
      if (known.entries.length > 5) known.entries.shift()
      this.#memory.set(producerId, known)
    }
    const baseOffset = BigInt(this.log.length)
    this.log.push(...records)
    return { errorCode: 0, baseOffset }
  }

  #deliver(): boolean {
    const answer = this.#connection.answers.shift()
    if (answer === undefined) return false
    const { batch, errorCode, baseOffset } = answer
    const verdict = judge(
      { errorCode, baseOffset, logAppendTimeMs: -1n, recordErrors: [], errorMessage: null },
      { topic: 't', partition: 0 },
      this.#verdictRules
    )
    this.#tell(batch, verdict)
    return true
  }

  get #verdictRules(): VerdictRules {
    const mode = this.#profile.idempotent ? 'idempotent' : 'plain'
    return { mode, acks: -1, trustBaseOffset: true, retryUncertain: undefined, repeatOnStaleMetadata: true }
  }

  /** The connection dies: answers are lost, and the broker may still execute what it had read. */
  #cut(): void {
    const dead = this.#connection
    this.#connection = { route: ++this.#routes, requests: [], answers: [] }
    const read = Math.floor(this.#random() * (dead.requests.length + 1))
    for (const request of dead.requests.slice(0, read))
      this.#zombies.push({ untilMs: this.nowMs + requestTimeoutMs, request })
    const lost = [...dead.answers.map(answer => answer.batch), ...dead.requests.map(request => request.batch)]
    for (const batch of lost) {
      const cause = new ConnectionError('cut', { handedOver: true })
      this.#tell(batch, judgeLostRequest(cause, this.#verdictRules))
    }
  }

  #tell(batch: WorldBatch, verdict: Verdict): void {
    const delayMs = verdict.kind === 'acked' ? 0 : 50
    this.#carryOut(reduce(this.#state, { type: 'answered', batch, verdict, nowMs: this.nowMs, delayMs }, rules))
    if (batch.everUncertain) for (const record of batch.records) this.uncertainUnder.set(record, identityOf(batch))
  }

  #advance(ms: number): void {
    this.nowMs += ms
    while (this.#zombies.length > 0 && (this.#zombies[0]!.untilMs <= this.nowMs || this.#chance(0.3))) {
      this.#append(this.#zombies.shift()!.request)
    }
    this.#carryOut(reduce(this.#state, { type: 'clock', nowMs: this.nowMs }, rules))
  }

  #carryOut(effects: readonly QueueEffect<WorldBatch>[]): void {
    for (const effect of effects) {
      if (effect.type === 'acked') this.#settle(effect.batch, 'acked', effect.baseOffset)
      else if (effect.type === 'failed') this.#settle(effect.batch, effect.outcome, -1n)
      else if (effect.type === 'remake') this.#split(effect.batch)
      else if (effect.type === 'identity-wanted' && this.#identityVersion <= effect.newerThan) {
        this.#producerIds++
        this.#identityVersion++
      }
    }
  }

  #split(batch: WorldBatch): void {
    const middle = Math.ceil(batch.records.length / 2)
    const by = [this.#newBatch(batch.records.slice(0, middle)), this.#newBatch(batch.records.slice(middle))]
    this.#carryOut(reduce(this.#state, { type: 'replaced', batch, by, nowMs: this.nowMs }, rules))
  }

  #settle(batch: WorldBatch, outcome: 'acked' | RecordOutcome, baseOffset: bigint): void {
    batch.records.forEach((record, place) => {
      if (this.outcomes.has(record)) this.settledTwice.push(record)
      this.outcomes.set(record, outcome)
      if (outcome === 'acked' && baseOffset >= 0n && this.log[Number(baseOffset) + place] !== record)
        this.wrongOffsets.push(record)
    })
  }
}

function identityOf(batch: WorldBatch): string {
  return `${batch.identity?.producerId ?? -1n}/${batch.identity?.producerEpoch ?? -1}/${batch.wireSequence}/${batch.recordCount}`
}

function judgeSequence(
  memory: ProducerMemory,
  epoch: number,
  sequence: number,
  count: number
): { errorCode: number; baseOffset: bigint } | null {
  if (epoch < memory.epoch) return { errorCode: 47, baseOffset: -1n }
  if (epoch > memory.epoch) return sequence === 0 ? null : { errorCode: 45, baseOffset: -1n }
  const known = memory.entries.find(entry => entry.first === sequence && entry.count === count)
  if (known !== undefined) return { errorCode: 0, baseOffset: known.offset }
  const last = memory.entries.at(-1)!
  return sequence === (last.first + last.count) % epochCap ? null : { errorCode: 45, baseOffset: -1n }
}
