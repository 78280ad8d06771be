// Three replicas of one partition: who leads, who is in sync, and what becomes of their logs.
import type { Dice } from './dice.ts'
import { Replica, type Entry } from './replica.ts'

/** min.insync.replicas */
const leastInSync = 2

export class Cluster {
  readonly replicas: readonly Replica[] = [new Replica(0), new Replica(1), new Replica(2)]
  /** Logs of topics that were deleted. */
  readonly deleted: (readonly Entry[])[] = []
  /** Null while no replica that is in sync is up. */
  leader: Replica | null = this.replicas[0]!
  /** How often the topic has been made. */
  generation = 1
  readonly #inSync = new Set<Replica>(this.replicas)
  readonly #dice: Dice
  readonly #tell: (line: string) => void
  /** Entries that retention has taken; they stay in `log`, so that their offsets can be judged. */
  #retained = 0

  constructor(dice: Dice, tell: (line: string) => void) {
    this.#dice = dice
    this.#tell = tell
  }

  /** Of the leader, or of the one that last was. */
  get log(): readonly Entry[] {
    return (this.leader ?? this.#longest()).log
  }

  get logStartOffset(): number {
    return this.log[this.#retained]?.offset ?? this.leader?.endOffset ?? 0
  }

  get hasEnoughInSync(): boolean {
    return this.#inSync.size >= leastInSync
  }

  /** Entries that all replicas in sync have. */
  get highWatermark(): number {
    return this.leader === null ? 0 : Math.min(...[...this.#inSync].map(({ log }) => log.length))
  }

  append(entry: Omit<Entry, 'offset'>): Entry {
    const leader = this.leader!
    const appended = { ...entry, offset: leader.endOffset }
    leader.append(appended)
    return appended
  }

  replicateOne(): void {
    const followers = this.#followers()
    if (this.leader === null || followers.length === 0) return
    this.#fetch(this.#dice.pick(followers), 1 + this.#dice.below(5))
  }

  replicateAll(): void {
    if (this.leader === null) return
    for (const follower of this.#followers()) this.#fetch(follower, Infinity)
  }

  move(): void {
    const others = this.#followers().filter(each => this.#inSync.has(each))
    if (this.leader !== null && others.length > 0) this.#lead(this.#dice.pick(others))
  }

  /** @returns who crashed, or null if nobody may */
  crash(): Replica | null {
    const up = this.replicas.filter(({ isUp }) => isUp)
    if (up.length < 2) return null
    const crashed = this.#dice.pick(up)
    if (this.#inSync.size === 1 && this.#inSync.has(crashed)) return null
    this.#tell(`broker ${crashed.id} crashes`)
    crashed.isUp = false
    this.#inSync.delete(crashed)
    if (this.leader === crashed) this.elect()
    return crashed
  }

  restart(): void {
    const down = this.replicas.filter(({ isUp }) => !isUp)
    if (down.length > 0) this.#start(this.#dice.pick(down))
  }

  restartAll(): void {
    for (const replica of this.replicas) if (!replica.isUp) this.#start(replica)
  }

  elect(): void {
    const able = [...this.#inSync].filter(({ isUp }) => isUp)
    if (able.length === 0) this.leader = null
    else this.#lead(this.#dice.pick(able))
  }

  shrink(): void {
    const followers = [...this.#inSync].filter(each => each !== this.leader)
    if (followers.length > 0) this.#inSync.delete(this.#dice.pick(followers))
  }

  snapshot(): void {
    this.#dice.pick(this.replicas).takeSnapshot()
  }

  /** @param isSettled whether nobody waits for a record any more */
  retain(isSettled: (record: number) => boolean): void {
    const { log } = this
    const before = this.#retained
    while (this.#retained < this.highWatermark && log[this.#retained]!.records.every(isSettled)) this.#retained++
    if (this.#retained > before) this.#tell(`retention takes ${this.#retained} batches`)
  }

  /** @returns whose replica was made anew, or null if none may be */
  renew(): Replica | null {
    const followers = this.#followers()
    if (this.leader === null || followers.length === 0) return null
    const renewed = this.#dice.pick(followers)
    if (this.#inSync.size <= leastInSync && this.#inSync.has(renewed)) return null
    this.#inSync.delete(renewed)
    renewed.beginWith(this.leader.log.slice(0, this.#retained))
    this.#tell(`broker ${renewed.id} begins anew, behind ${this.#retained} batches`)
    return renewed
  }

  /** @returns whose replica was made anew; it leads if all replicas are in sync */
  renewLeader(): Replica | null {
    if (this.#followers().length < leastInSync) return null
    this.replicateAll()
    const renewed = this.renew()
    this.replicateAll()
    if (renewed?.knowsOnlyFrom(this.#retained) === true) this.#lead(renewed)
    return renewed
  }

  /**
   * A replica leads that had fallen behind.
   *
   * @returns the records that are gone
   */
  electUnclean(): readonly number[] {
    const unclean = this.#dice.pick(this.#followers())
    if (this.leader === null || unclean === undefined) return []
    const length = this.#retained + this.#dice.below(this.log.length - this.#retained + 1)
    const gone = this.log.slice(length).flatMap(({ records }) => records)
    this.#tell(`broker ${unclean.id} leads, and has no more than ${length} batches`)
    unclean.beginWith(this.leader.log.slice(0, length))
    this.#lead(unclean)
    this.replicateAll()
    return gone
  }

  recreate(): void {
    this.#tell('the topic is deleted and made again')
    this.deleted.push([...this.log])
    for (const replica of this.replicas) replica.beginWith([])
    this.#retained = 0
    this.generation++
  }

  #longest(): Replica {
    return this.replicas.reduce((longest, each) => (each.log.length > longest.log.length ? each : longest))
  }

  #followers(): Replica[] {
    return this.replicas.filter(each => each !== this.leader && each.isUp)
  }

  #lead(replica: Replica): void {
    this.#tell(`broker ${replica.id} leads`)
    this.leader = replica
    for (const follower of this.#inSync) if (follower !== replica && follower.isUp) this.#align(follower)
  }

  #start(replica: Replica): void {
    this.#tell(`broker ${replica.id} is back`)
    replica.isUp = true
    if (this.#dice.happens(0.5)) replica.takeSnapshot()
    replica.restart(this.#dice)
    if (this.leader === null) this.elect()
    else this.#align(replica)
  }

  #fetch(follower: Replica, atMost: number): void {
    const { log } = this.leader!
    this.#align(follower)
    for (let count = 0; count < atMost && follower.log.length < log.length; count++)
      follower.append(log[follower.log.length]!)
    if (follower.log.length === log.length) this.#inSync.add(follower)
  }

  #align(follower: Replica): void {
    const { log } = this.leader!
    let same = 0
    while (same < follower.log.length && follower.log[same] === log[same]) same++
    follower.truncate(same, this.#dice)
  }
}
