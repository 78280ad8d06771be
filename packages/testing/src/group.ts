// One consumer group of the classic protocol: its members, generations, assignments and committed offsets.
import type { Clock, Timer } from '@sluice/core'
import { errorCodes } from '@sluice/protocol'

export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export interface JoinRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

export interface Joined {
  readonly errorCode: number
  readonly generation: number
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly leader: string
  readonly memberId: string
  /** For the leader only. */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface Synced {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly assignment: Uint8Array
}

export interface CommittedOffset {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string | null
}

interface Member {
  readonly id: string
  request: JoinRequest
  joining: ((joined: Joined) => void) | null
  syncing: ((synced: Synced) => void) | null
  assignment: Uint8Array
  session: Timer
}

const nothing = new Uint8Array(0)

/**
 * Empty, then joining until all members have joined, then syncing until the leader has assigned, then stable; a member
 * that comes or goes starts it again.
 */
export class Group {
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  /** Ids that were given out and have not joined yet. */
  readonly #expected = new Set<string>()
  readonly #offsets = new Map<string, CommittedOffset>()
  #state: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty'
  #generation = 0
  #protocol: string | null = null
  #protocolType: string | null = null
  #leader = ''
  #rebalance: Timer | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expect(memberId: string): void {
    this.#expected.add(memberId)
  }

  join(request: JoinRequest, callback: (joined: Joined) => void): void {
    const { memberId } = request
    const refusal = this.#whyNotJoin(request)
    if (refusal !== errorCodes.NONE) return callback(this.#failedJoin(refusal, memberId))
    this.#expected.delete(memberId)
    const known = this.#members.get(memberId)
    if (known === undefined) this.#add(request, callback)
    else Object.assign(known, { request, joining: callback })
    this.#touch(memberId)
    this.#startRebalance()
    this.#finishJoining(false)
  }

  sync(
    member: { readonly memberId: string; readonly generation: number },
    assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[],
    callback: (synced: Synced) => void
  ): void {
    const known = this.#members.get(member.memberId)
    const errorCode = this.check(member.memberId, member.generation)
    if (known === undefined || errorCode !== errorCodes.NONE) return callback(this.#synced(errorCode, nothing))
    if (this.#state === 'stable') return callback(this.#synced(errorCodes.NONE, known.assignment))
    known.syncing = callback
    if (member.memberId !== this.#leader) return
    // Copied: they are views of a frame that a log does not keep.
    for (const { memberId, assignment } of assignments) {
      const assigned = this.#members.get(memberId)
      if (assigned !== undefined) assigned.assignment = Uint8Array.from(assignment)
    }
    this.#state = 'stable'
    this.#answerSyncs(errorCodes.NONE)
  }

  /** Also a sign of life. */
  check(memberId: string, generation: number): number {
    if (!this.#members.has(memberId)) return errorCodes.UNKNOWN_MEMBER_ID
    if (generation !== this.#generation) return errorCodes.ILLEGAL_GENERATION
    this.#touch(memberId)
    return this.#state === 'joining' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE
  }

  leave(memberId: string): number {
    if (this.#expected.delete(memberId)) return errorCodes.NONE
    if (!this.#members.has(memberId)) return errorCodes.UNKNOWN_MEMBER_ID
    this.#remove(memberId)
    return errorCodes.NONE
  }

  /** For consumers without a generation (-1), while nobody is in the group; else for members. */
  checkCommit(memberId: string, generation: number): number {
    if (generation < 0 && this.#members.size === 0) return errorCodes.NONE
    const errorCode = this.check(memberId, generation)
    return errorCode === errorCodes.REBALANCE_IN_PROGRESS ? errorCodes.NONE : errorCode
  }

  commit(topic: string, partition: number, offset: CommittedOffset): void {
    this.#offsets.set(`${topic}/${partition}`, offset)
  }

  forget(topic: string): void {
    for (const partition of this.committedPartitions().get(topic) ?? []) this.#offsets.delete(`${topic}/${partition}`)
  }

  committed(topic: string, partition: number): CommittedOffset | undefined {
    return this.#offsets.get(`${topic}/${partition}`)
  }

  /** What has been committed, by topic. */
  committedPartitions(): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, number[]>()
    for (const place of this.#offsets.keys()) {
      const slash = place.lastIndexOf('/')
      const topic = place.slice(0, slash)
      const partitions = found.get(topic) ?? []
      partitions.push(Number(place.slice(slash + 1)))
      found.set(topic, partitions)
    }
    return found
  }

  /** Ends all timers; nobody is answered. */
  stop(): void {
    this.#rebalance?.cancel()
    for (const member of this.#members.values()) member.session.cancel()
  }

  #whyNotJoin(request: JoinRequest): number {
    const { memberId, protocols } = request
    if (!this.#members.has(memberId) && !this.#expected.has(memberId)) return errorCodes.UNKNOWN_MEMBER_ID
    const others = [...this.#members.values()].filter(member => member.id !== memberId)
    const fits = (name: string): boolean =>
      others.every(member => member.request.protocols.some(protocol => protocol.name === name))
    return protocols.some(protocol => fits(protocol.name)) ? errorCodes.NONE : errorCodes.INCONSISTENT_GROUP_PROTOCOL
  }

  #failedJoin(errorCode: number, memberId: string): Joined {
    const { protocolType } = this.#synced(errorCode, nothing)
    return { errorCode, generation: -1, protocolType, protocol: null, leader: '', memberId, members: [] }
  }

  #add(request: JoinRequest, joining: (joined: Joined) => void): void {
    const session: Timer = { cancel: () => {}, unref: () => {}, ref: () => {} }
    const { memberId } = request
    this.#members.set(memberId, { id: memberId, request, joining, syncing: null, assignment: nothing, session })
  }

  #startRebalance(): void {
    if (this.#state === 'joining') return
    this.#state = 'joining'
    this.#answerSyncs(errorCodes.REBALANCE_IN_PROGRESS)
    const waits = [...this.#members.values()].map(({ request }) =>
      request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
    )
    this.#rebalance = this.#clock.after(Math.max(0, ...waits), () => this.#finishJoining(true))
    this.#rebalance.unref()
  }

  /** Goes on when everybody has joined, or with those who have when the time is over. */
  #finishJoining(timeIsOver: boolean): void {
    const late = [...this.#members.values()].filter(member => member.joining === null)
    if (late.length > 0 && !timeIsOver) return
    this.#rebalance?.cancel()
    for (const member of late) this.#drop(member)
    if (this.#members.size === 0) {
      this.#state = 'empty'
      return
    }
    this.#generation++
    this.#state = 'syncing'
    if (!this.#members.has(this.#leader)) this.#leader = this.#members.keys().next().value!
    this.#choose()
    for (const member of this.#members.values()) this.#answerJoin(member)
  }

  #choose(): void {
    const { protocols, protocolType } = this.#members.get(this.#leader)!.request
    const members = [...this.#members.values()]
    const common = protocols.find(({ name }) =>
      members.every(member => member.request.protocols.some(protocol => protocol.name === name))
    )
    this.#protocol = common?.name ?? null
    this.#protocolType = protocolType
  }

  #answerJoin(member: Member): void {
    const callback = member.joining
    member.joining = null
    callback?.({
      errorCode: errorCodes.NONE,
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocol: this.#protocol,
      leader: this.#leader,
      memberId: member.id,
      members: member.id === this.#leader ? this.#describeMembers() : []
    })
  }

  #describeMembers(): Joined['members'] {
    return [...this.#members.values()].map(({ id, request }) => ({
      memberId: id,
      groupInstanceId: request.groupInstanceId,
      metadata: request.protocols.find(protocol => protocol.name === this.#protocol)?.metadata ?? nothing
    }))
  }

  #synced(errorCode: number, assignment: Uint8Array): Synced {
    return { errorCode, protocolType: this.#protocolType, protocol: this.#protocol, assignment }
  }

  #answerSyncs(errorCode: number): void {
    for (const member of this.#members.values()) {
      const callback = member.syncing
      member.syncing = null
      callback?.(this.#synced(errorCode, errorCode === errorCodes.NONE ? member.assignment : nothing))
    }
  }

  #touch(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    member.session.cancel()
    member.session = this.#clock.after(member.request.sessionTimeoutMs, () => this.#expire(member))
    member.session.unref()
  }

  #expire(member: Member): void {
    // Who waits for the others to join is alive.
    if (member.joining === null) this.#remove(member.id)
    else this.#touch(member.id)
  }

  #remove(memberId: string): void {
    this.#drop(this.#members.get(memberId)!)
    if (this.#members.size > 0) this.#startRebalance()
    this.#finishJoining(false)
  }

  #drop(member: Member): void {
    member.session.cancel()
    this.#members.delete(member.id)
    member.joining?.(this.#failedJoin(errorCodes.UNKNOWN_MEMBER_ID, member.id))
    member.syncing?.(this.#synced(errorCodes.UNKNOWN_MEMBER_ID, nothing))
  }
}
