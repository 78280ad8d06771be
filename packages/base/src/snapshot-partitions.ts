// How an answer's partitions change the ones that are known: pure.
import { errorCodes } from '@sluice/protocol'

export interface PartitionInfo {
  /** -1: none. */
  readonly leader: number
  /** The highest seen; -1: never stated. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export interface CachedPartition extends PartitionInfo {
  /** Whether the leader was stated together with `leaderEpoch`, or by a broker that gave no epoch. */
  readonly epochStated: boolean
  /** When another leader was last taken at an equal epoch. */
  readonly switchedAtMs: number
}

export interface PartitionAnswer {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
}

export interface PartitionScope {
  readonly brokers: ReadonlyMap<number, unknown>
  readonly nowMs: number
  doubted(partition: number, leader: number): boolean
}

export interface MergedPartitions {
  /** The very same array if nothing changed. */
  readonly partitions: readonly CachedPartition[]
  /** The answer is behind what is known: a lower epoch, or fewer partitions. */
  readonly contradicted: boolean
  readonly incomplete: boolean
}

/** An answer may leave out partitions that were just made, but a hostile index must not make an array of gigabytes. */
const holeLimit = 1_000
const equalEpochSwitchMs = 1_000

/** No leader is known where it should be. */
const leaderlessCodes: ReadonlySet<number> = new Set([errorCodes.LEADER_NOT_AVAILABLE, errorCodes.LISTENER_NOT_FOUND])

/** Undefined: the entry as a whole is malformed or empty, keep what was known. */
export function mergePartitions(
  old: readonly CachedPartition[] | undefined,
  entries: readonly PartitionAnswer[],
  scope: PartitionScope
): MergedPartitions | undefined {
  const byIndex = arrange(entries)
  if (byIndex === undefined) return undefined
  const partitions: CachedPartition[] = []
  let contradicted = old !== undefined && byIndex.length < old.length
  let incomplete = contradicted
  const count = Math.max(byIndex.length, old?.length ?? 0)
  for (let index = 0; index < count; index++) {
    const known = old?.[index]
    const entry = byIndex[index]
    const behind = known !== undefined && entry !== undefined && isBehind(known, entry)
    contradicted ||= behind
    const partition = entry === undefined || behind ? (known ?? unknownPartition) : mergePartition(known, entry, scope)
    incomplete ||= entry === undefined || partition.leader < 0 || !knowsLeader(entry, scope)
    partitions.push(partition)
  }
  const same = old !== undefined && partitions.length === old.length && partitions.every((p, index) => p === old[index])
  return { partitions: same ? old : partitions, contradicted, incomplete }
}

const unknownPartition: CachedPartition = {
  leader: -1,
  leaderEpoch: -1,
  replicas: [],
  isr: [],
  epochStated: false,
  switchedAtMs: -Infinity
}

function arrange(entries: readonly PartitionAnswer[]): readonly (PartitionAnswer | undefined)[] | undefined {
  if (entries.length === 0) return undefined
  let count = 0
  for (const { partitionIndex } of entries) {
    if (partitionIndex < 0) return undefined
    count = Math.max(count, partitionIndex + 1)
  }
  if (count - entries.length > holeLimit) return undefined
  const byIndex: (PartitionAnswer | undefined)[] = Array.from({ length: count })
  for (const entry of entries) {
    if (byIndex[entry.partitionIndex] !== undefined) return undefined
    byIndex[entry.partitionIndex] = entry
  }
  return byIndex
}

/** Only where both epochs are known: -1, from an old broker, is no epoch and cannot be behind. */
function isBehind(known: CachedPartition, entry: PartitionAnswer): boolean {
  return entry.leaderEpoch >= 0 && entry.leaderEpoch < known.leaderEpoch
}

function leaderOf(entry: PartitionAnswer): number {
  return leaderlessCodes.has(entry.errorCode) ? -1 : Math.max(-1, entry.leaderId)
}

function knowsLeader(entry: PartitionAnswer, scope: PartitionScope): boolean {
  const leader = leaderOf(entry)
  return leader < 0 || scope.brokers.has(leader)
}

function mergePartition(
  known: CachedPartition | undefined,
  entry: PartitionAnswer,
  scope: PartitionScope
): CachedPartition {
  if (!knowsLeader(entry, scope)) return known ?? unknownPartition
  const leader = leaderOf(entry)
  const epoch = Math.max(-1, entry.leaderEpoch)
  const fresh = { leader, leaderEpoch: epoch, replicas: entry.replicaNodes, isr: entry.isrNodes }
  if (known === undefined) return { ...fresh, epochStated: epoch >= 0, switchedAtMs: -Infinity }
  const rival = isRival(known, leader, epoch)
  if (rival && !maySwitch(known, entry.partitionIndex, scope)) return known
  const epochStated = epoch >= 0 || (known.epochStated && leader === known.leader)
  const merged: CachedPartition = {
    ...fresh,
    leaderEpoch: Math.max(epoch, known.leaderEpoch),
    epochStated,
    switchedAtMs: rival ? scope.nowMs : known.switchedAtMs
  }
  return isSame(known, merged) ? known : merged
}

/** Two leaders for one epoch cannot both be right. Redpanda was seen to say so. */
function isRival(known: CachedPartition, leader: number, epoch: number): boolean {
  return (
    leader >= 0 &&
    known.leader >= 0 &&
    leader !== known.leader &&
    epoch >= 0 &&
    epoch === known.leaderEpoch &&
    known.epochStated
  )
}

function maySwitch(known: CachedPartition, partition: number, scope: PartitionScope): boolean {
  if (!scope.brokers.has(known.leader)) return true
  return scope.doubted(partition, known.leader) && scope.nowMs - known.switchedAtMs >= equalEpochSwitchMs
}

function isSame(a: CachedPartition, b: CachedPartition): boolean {
  return (
    a.leader === b.leader &&
    a.leaderEpoch === b.leaderEpoch &&
    a.epochStated === b.epochStated &&
    sameNumbers(a.replicas, b.replicas) &&
    sameNumbers(a.isr, b.isr)
  )
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
