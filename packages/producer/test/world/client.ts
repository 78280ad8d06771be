// What stands around the queue in the producer: it accepts, sends, carries answers to the reducer and its effects out.
import { ConnectionError, type KafkaError } from '@sluice/core'
import type { Profile } from '../../src/profile.ts'
import { reduce } from '../../src/partition-queue.ts'
import { candidate, stage, type Departure } from '../../src/queue-departure.ts'
import type { QueueEffect, QueueEvent, QueueRules } from '../../src/queue-events.ts'
import { newQueueState, refusalOf, spentError, type QueueState, type Remake } from '../../src/queue-state.ts'
import { judge, judgeLostRequest, type Verdict } from '../../src/verdict.ts'
import { Audit } from './audit.ts'
import { Batches, deliveryTimeoutOf, profileOf, verdictRulesOf } from './batches.ts'
import type { Connections, Death } from './connections.ts'
import type { Cluster } from './cluster.ts'
import type { Dice } from './dice.ts'
import { queueRulesOf, type Faults } from './faults.ts'
import { IdentitySource } from './identity-source.ts'
import { Ledger, type Told } from './ledger.ts'
import { Remakes } from './remakes.ts'
import type { Replica } from './replica.ts'
import type { Request, WorldBatch } from './requests.ts'

const retryDelayMs = 50
/** Who waits far behind sees nothing. */
const mostQueued = 12

interface Surroundings {
  readonly cluster: Cluster
  readonly connections: Connections
  readonly dice: Dice
  readonly faults: Faults
  readonly tell: (line: string) => void
}

export class Client {
  readonly ledger = new Ledger()
  readonly #audit = new Audit(this.ledger.broken)
  readonly #state: QueueState<WorldBatch> = newQueueState()
  readonly #around: Surroundings
  readonly #rules: QueueRules
  readonly #batches: Batches
  readonly #identities: IdentitySource
  readonly #remakes: Remakes
  /** Who leads, as far as is known here, and which of the topics of this name it is. */
  #leader: Replica | null
  #generation: number
  nowMs = 0

  constructor(around: Surroundings) {
    const { cluster, faults, dice, tell } = around
    this.#around = around
    this.#batches = new Batches(dice)
    this.#leader = cluster.leader
    this.#generation = cluster.generation
    this.#identities = new IdentitySource(dice, faults.slowIdentity, tell)
    this.#remakes = new Remakes(dice, faults.slowRemake)
    this.#rules = queueRulesOf(faults)
  }

  get isIdle(): boolean {
    return this.#state.inFlight === 0 && this.#state.batches.length === 0
  }

  /** Whether it knows of the topic as it is now. */
  get knowsTopic(): boolean {
    return this.#generation === this.#around.cluster.generation
  }

  get isBusy(): boolean {
    return this.#state.inFlight > 0 || this.#state.batches.some(batch => !batch.givenUp)
  }

  // ---- what the program does

  accept(): void {
    const { dice, faults } = this.#around
    if (this.#state.batches.length >= mostQueued) return
    const isPlain = dice.happens(faults.plain)
    const identity = !isPlain && dice.happens(faults.given) ? dice.pick(faults.pairs) : null
    const timeoutMs = deliveryTimeoutOf(dice, faults)
    const isInvalid = dice.happens(faults.invalid)
    const accepted = { isPlain, isInvalid, deadlineMs: this.nowMs + timeoutMs }
    const records = this.ledger.accept(1 + dice.below(3), accepted)
    const isRefused = !this.#queue(records, profileOf(!isPlain, identity, timeoutMs), isInvalid)
    if (isRefused && dice.happens(0.3)) this.reset()
  }

  /** After all was healed: nothing special about it. */
  acceptFresh(): void {
    const timeoutMs = 60_000
    const accepted = { isPlain: false, isInvalid: false, deadlineMs: this.nowMs + timeoutMs }
    const records = this.ledger.accept(1 + this.#around.dice.below(3), accepted)
    for (const record of records) this.ledger.fresh.add(record)
    this.#queue(records, profileOf(true, null, timeoutMs), false)
  }

  abort(): void {
    const able = this.#state.batches.filter(each => !each.inFlight && !each.everUncertain && !each.givenUp)
    if (able.length === 0) return
    const batch = this.#around.dice.pick(able)
    for (const record of batch.records) this.ledger.aborted.add(record)
    this.#around.tell(`batch ${batch.id} is aborted`)
    this.#drop(batch, new ConnectionError('aborted', { handedOver: false }))
  }

  abandon(): void {
    for (const batch of this.#state.batches) for (const record of batch.records) this.ledger.aborted.add(record)
    this.#around.tell('all that is queued is abandoned')
    this.#carry({ type: 'abandoned', cause: new ConnectionError('abandoned', { handedOver: true }), nowMs: this.nowMs })
  }

  reset(): void {
    if (this.#state.stopped === null) return
    this.#around.tell('reset')
    this.#carry({ type: 'reset', nowMs: this.nowMs })
  }

  // ---- what the sender does

  /** Sends the next batch, if one may leave. */
  send(): boolean {
    const { connections, cluster, tell } = this.#around
    const connection = this.#leader === null ? null : connections.to(this.#leader)
    if (connection === null) return false
    const departure = {
      nowMs: this.nowMs,
      route: connection.route,
      identity: this.#identities.held,
      plainFallback: false
    }
    const batch = this.#next(departure)
    if (batch === null) return false
    const { wireSequence: sequence, records } = batch
    const { producerId, producerEpoch: epoch } = batch.identity ?? { producerId: -1n, producerEpoch: -1 }
    const request = { batch, producerId, epoch, sequence, records, sentAtMs: this.nowMs, generation: this.#generation }
    tell(
      `batch ${batch.id} leaves under ${producerId}/${epoch}/${sequence} for broker ${connection.broker.id} on ${connection.route}`
    )
    this.#audit.leaves(request, this.#state, [cluster.log, ...cluster.deleted])
    connection.requests.push(request)
    connection.unanswered.push(request)
    return true
  }

  receive(): boolean {
    const response = this.#around.connections.nextResponse()
    if (response === null) return false
    const { request, code: errorCode, offset, logStartOffset } = response
    const answer = {
      errorCode,
      baseOffset: BigInt(offset),
      logAppendTimeMs: -1n,
      logStartOffset: BigInt(logStartOffset),
      recordErrors: [],
      errorMessage: null
    }
    const verdict = judge(answer, { topic: 't', partition: 0 }, verdictRulesOf(request.batch))
    this.#answered(request, verdict, `answered ${errorCode} at ${offset}`)
    return true
  }

  lose({ unanswered, unsent, connection }: Death): void {
    this.#around.tell(`connection ${connection.route} dies`)
    for (const request of unanswered) {
      const handedOver = !unsent.has(request)
      const verdict = judgeLostRequest(new ConnectionError('cut', { handedOver }), verdictRulesOf(request.batch))
      this.#answered(request, verdict, handedOver ? 'is lost' : 'was never sent')
    }
  }

  /** Fresh metadata: who leads, and whether it is still the same topic. */
  refresh(): void {
    const { cluster } = this.#around
    if (this.#leader !== cluster.leader) {
      this.#leader = cluster.leader
      this.#carry({ type: 'led', nowMs: this.nowMs })
    }
    if (this.#generation === cluster.generation) return
    this.#generation = cluster.generation
    this.#carry({ type: 'recreated', topic: 't', nowMs: this.nowMs })
  }

  /** Time has gone on. */
  tick(): void {
    this.#identities.tick(this.nowMs)
    this.#remake()
    if (!this.#isAnyOverdue()) return
    this.#carry({ type: 'clock', nowMs: this.nowMs })
    if (this.#isAnyOverdue()) this.ledger.broken.push(`a batch outlives its deadline at ${this.nowMs}`)
  }

  // ---- inside

  #queue(records: readonly number[], profile: Profile, isInvalid: boolean): boolean {
    const { dice, faults, tell } = this.#around
    const refusal = refusalOf(this.#state, profile)
    if (refusal !== null) {
      this.ledger.settle(records, this.#told('not-persisted', -1, 'refused'))
      return false
    }
    const isFresh = this.ledger.fresh.has(records[0]!)
    const isTooLarge = !isFresh && records.length > 1 && dice.happens(faults.tooLarge)
    const compressed = !isFresh && dice.happens(faults.compressed)
    const deadlineMs = this.nowMs + profile.deliveryTimeoutMs
    const batch = this.#batches.make({ records, profile, isInvalid, isTooLarge, compressed, deadlineMs })
    this.#state.batches.push(batch)
    tell(
      `batch ${batch.id} is accepted: ${records.join(' ')}${profile.idempotent ? '' : ', plain'}${isInvalid ? ', invalid' : ''}`
    )
    return true
  }

  #next(departure: Departure): WorldBatch | null {
    const state = this.#state
    const batch = candidate(state, departure)
    // Its codec is still at work.
    if (batch === null || this.#remakes.has(batch)) return null
    if (stage(state, batch, departure)) return batch
    const spent = spentError(state, batch.profile.identity)
    if (spent === null) this.#identities.want(state.staleIdentityVersion, this.nowMs)
    else this.#drop(batch, spent)
    return null
  }

  #answered(request: Request, verdict: Verdict, what: string): void {
    const { dice, tell } = this.#around
    const { batch } = request
    const isUncertain = verdict.kind !== 'acked' && !verdict.certain
    tell(`batch ${batch.id} ${what}: ${verdict.kind}${isUncertain ? ', may be written' : ''}`)
    if (isUncertain) this.#audit.mayBeWritten(request)
    const isFirst = this.#state.batches.find(each => !each.givenUp) === batch
    const isRepeated = verdict.kind === 'retry' || (verdict.kind === 'resequence' && isFirst)
    if (verdict.kind === 'retry' && verdict.refresh && dice.happens(0.7)) this.refresh()
    const delayMs = isRepeated ? retryDelayMs : 0
    this.#carry({ type: 'answered', batch, verdict, nowMs: this.nowMs, delayMs })
  }

  #drop(batch: WorldBatch, cause: KafkaError): void {
    this.#carry({ type: 'dropped', batch, cause, nowMs: this.nowMs })
  }

  #carry(event: QueueEvent<WorldBatch>): void {
    for (const effect of reduce(this.#state, event, this.#rules)) this.#carryOut(effect)
    this.#audit.counts(this.#state)
  }

  #carryOut(effect: QueueEffect<WorldBatch>): void {
    switch (effect.type) {
      case 'acked':
        this.#settle(effect.batch, this.#told('acked', Number(effect.baseOffset), ''))
        break
      case 'failed':
        this.#settle(effect.batch, this.#told(effect.outcome, -1, effect.cause.message))
        break
      case 'remake':
        this.#remakes.add(effect.batch, effect.how, this.nowMs)
        this.#remake()
        break
      case 'identity-wanted':
        this.#identities.want(effect.newerThan, this.nowMs)
        break
      case 'data-lost':
        this.#around.tell('  loss is told')
        this.ledger.tellLoss()
        break
      case 'forgotten':
      case 'retrying':
        break
    }
  }

  #remake(): void {
    for (const { batch, how } of this.#remakes.takeReady(this.nowMs)) {
      // It may have ended meanwhile.
      if (!this.ledger.told.has(batch.records[0]!)) this.#replace(batch, how)
    }
  }

  #replace(batch: WorldBatch, how: Remake): void {
    const by = this.#batches.makeAnew(batch, how)
    this.#around.tell(`  batch ${batch.id} is made anew as ${by.map(({ id }) => id).join(' and ')}`)
    this.#carry({ type: 'replaced', batch, by, nowMs: this.nowMs })
  }

  #told(what: Told['what'], offset: number, why: string): Told {
    return { what, offset, why, atMs: this.nowMs, wasInDoubt: false }
  }

  #settle(batch: WorldBatch, told: Told): void {
    this.#around.tell(
      `  batch ${batch.id} ends: ${told.what}${told.offset < 0 ? '' : ` at ${told.offset}`} ${told.why}`
    )
    this.ledger.settle(batch.records, { ...told, wasInDoubt: batch.everUncertain })
  }

  #isAnyOverdue(): boolean {
    return this.#state.batches.some(batch => !batch.givenUp && batch.deadlineMs <= this.nowMs)
  }
}
