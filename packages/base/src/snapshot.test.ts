import { describe, expect, test } from 'vitest'
import { after, answer, idA, idB, merge, none, type Part } from '../test/snapshot-answers.ts'
import { emptyState, withLeaderHints, withoutBroker, type ClusterState, type LeaderHint } from './snapshot.ts'

function leader(state: ClusterState, partition = 0): [leader: number, epoch: number] {
  const info = state.topics.get('t')!.partitions[partition]!
  return [info.leader, info.leaderEpoch]
}

describe('snapshot > leaders', () => {
  test('a higher epoch replaces the leader', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    expect(leader(after(known, answer([{ leader: 2, epoch: 5 }])))).toEqual([2, 5])
  })

  test('a lower epoch of the same topic is old news', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const merged = merge(known, answer([{ leader: 2, epoch: 3 }]))
    expect(merged).toMatchObject({ kind: 'merged', changed: false })
    expect(leader(after(known, answer([{ leader: 2, epoch: 3 }])))).toEqual([1, 4])
  })

  test('a lower epoch does not bring a leader back that was lost', () => {
    const known = after(emptyState, answer([{ leader: -1, epoch: 4 }]))
    expect(leader(after(known, answer([{ leader: 2, epoch: 3 }])))).toEqual([-1, 4])
  })

  test('an unknown epoch is believed, and the highest epoch seen is kept', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const moved = after(known, answer([{ leader: 2, epoch: -1 }]))
    expect(leader(moved)).toEqual([2, 4])
    // Stated at the known epoch, it wins over what came without one: no rival.
    expect(leader(after(moved, answer([{ leader: 1, epoch: 4 }])))).toEqual([1, 4])
    expect(leader(after(moved, answer([{ leader: 3, epoch: 3 }])))).toEqual([2, 4])
  })

  test('brokers that know no epochs may move the leader back and forth', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: -1 }]))
    const moved = after(known, answer([{ leader: 2, epoch: -1 }]))
    expect(leader(moved)).toEqual([2, -1])
    expect(leader(after(moved, answer([{ leader: 1, epoch: -1 }])))).toEqual([1, -1])
  })

  test('another leader at an equal epoch is taken only if the known one is doubted, and not twice in a second', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const rival = answer([{ leader: 2, epoch: 4 }])
    expect(leader(after(known, rival))).toEqual([1, 4])
    const switched = after(known, rival, { doubted: true, nowMs: 5_000 })
    expect(leader(switched)).toEqual([2, 4])
    const back = answer([{ leader: 1, epoch: 4 }])
    expect(leader(after(switched, back, { doubted: true, nowMs: 5_999 }))).toEqual([2, 4])
    expect(leader(after(switched, back, { doubted: true, nowMs: 6_000 }))).toEqual([1, 4])
  })

  test('no leader overwrites the known one, and its return at the same epoch is taken', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const merged = merge(known, answer([{ leader: -1, epoch: 4 }]))
    expect(merged).toMatchObject({ kind: 'merged', changed: true, incomplete: true })
    const lost = after(known, answer([{ leader: -1, epoch: 4 }]))
    expect(leader(lost)).toEqual([-1, 4])
    expect(lost.topics.get('t')!.available).toEqual([])
    expect(leader(after(lost, answer([{ leader: 3, epoch: 4 }])))).toEqual([3, 4])
  })

  test.each([5, 72])('partition error %i means no leader now; the partition stays', error => {
    const known = after(emptyState, answer([{ leader: 1 }, { leader: 2 }]))
    const merged = after(known, answer([{ leader: 1, error }, { leader: 2 }]))
    expect(merged.topics.get('t')).toMatchObject({ available: [1] })
    expect(leader(merged)).toEqual([-1, 0])
  })

  test('partition error 9, a replica is away, leaves the leader usable', () => {
    expect(leader(after(emptyState, answer([{ leader: 1, epoch: 2, error: 9 }])))).toEqual([1, 2])
  })

  test('a leader that is not among the brokers is not believed', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const merged = merge(known, answer([{ leader: 9, epoch: 5 }]))
    expect(merged).toMatchObject({ incomplete: true })
    expect(leader(after(known, answer([{ leader: 9, epoch: 5 }])))).toEqual([1, 4])
    expect(leader(after(emptyState, answer([{ leader: 9, epoch: 5 }])))).toEqual([-1, -1])
  })

  test('a leader whose broker is gone leads no more, also in topics that the answer does not name', () => {
    const known = after(emptyState, answer([{ leader: 3, epoch: 4 }]))
    const brokers = [{ nodeId: 1, host: 'b1', port: 9092, rack: null }]
    const merged = after(known, answer([], { brokers, topics: [] }))
    expect(leader(merged)).toEqual([-1, 4])
    expect(leader(after(merged, answer([{ leader: 3, epoch: 4 }])))).toEqual([3, 4])
  })

  test('an answer that changes nothing keeps the very same objects', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 4 }]))
    const merged = merge(known, answer([{ leader: 1, epoch: 4 }]), { nowMs: 7 })
    if (merged.kind === 'refused') throw merged.error
    expect(merged).toMatchObject({ changed: false, incomplete: false })
    expect(merged.state.brokers).toBe(known.brokers)
    expect(merged.state.topics.get('t')!.partitions).toBe(known.topics.get('t')!.partitions)
    expect(merged.state.topics.get('t')!.lastUpdateMs).toBe(7)
  })
})

describe('snapshot > topics', () => {
  test('a new topic id restarts the epochs, and an answer with the old id is old news', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 9 }, { leader: 1 }]))
    const recreated = after(known, answer([{ leader: 2, epoch: 0 }], { id: idB }))
    expect(leader(recreated)).toEqual([2, 0])
    expect(recreated.topics.get('t')).toMatchObject({ id: idB, available: [0] })
    const stale = merge(recreated, answer([{ leader: 1, epoch: 10 }], { id: idA }))
    expect(stale).toMatchObject({ changed: false, incomplete: true })
    expect(leader(after(recreated, answer([{ leader: 1, epoch: 10 }], { id: idA })))).toEqual([2, 0])
  })

  test('an answer without ids does not forget the id', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 9 }]))
    const merged = after(known, answer([{ leader: 2, epoch: 8 }], { id: none }))
    expect(merged.topics.get('t')!.id).toBe(idA)
    expect(leader(merged)).toEqual([1, 9])
  })

  test.each([3, 5, 7, -1, 100, 29])('topic error %i keeps the partitions that are known', topicError => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 9 }]))
    const merged = after(known, answer([], { topicError }))
    expect(merged.topics.get('t')!.partitions).toBe(known.topics.get('t')!.partitions)
  })

  test.each([17, 29, 36, 37, 38, 39, 40, 44])('topic error %i is final', topicError => {
    const merged = merge(emptyState, answer([], { topicError }))
    if (merged.kind === 'refused') throw merged.error
    const error = { code: 'KAFKA_BROKER', errorCode: topicError, topic: 't', outcome: 'not-persisted' }
    expect(merged.verdicts.get('t')).toMatchObject({ kind: 'failed', error })
    expect(merged.incomplete).toBe(false)
  })

  test('topic error 3 says that it is missing, the others that time may help', () => {
    const verdict = (topicError: number): string => {
      const merged = merge(emptyState, answer([], { topicError }))
      if (merged.kind === 'refused') throw merged.error
      expect(merged.incomplete).toBe(true)
      return merged.verdicts.get('t')!.kind
    }
    expect(verdict(3)).toBe('missing')
    expect([5, 7, 41, 13, 14, -1, 999].map(verdict)).toEqual(Array.from({ length: 7 }, () => 'transient'))
  })

  test.each([5, 9, 56, 72])('what comes with topic error %i is used as far as it goes', topicError => {
    expect(leader(after(emptyState, answer([{ leader: 2, epoch: 1 }], { topicError })))).toEqual([2, 1])
  })

  test('a partition that the answer leaves out is kept, or unknown', () => {
    const known = after(emptyState, answer([{ leader: 1 }, { leader: 2 }, { leader: 3 }]))
    const merged = merge(
      known,
      answer([
        { leader: 1, index: 0 },
        { leader: 3, index: 2 }
      ])
    )
    expect(merged).toMatchObject({ changed: false, incomplete: true })
    const fresh = after(
      emptyState,
      answer([
        { leader: 1, index: 0 },
        { leader: 3, index: 2 }
      ])
    )
    expect(fresh.topics.get('t')!.partitions.map(p => p.leader)).toEqual([1, -1, 3])
    expect(fresh.topics.get('t')!.available).toEqual([0, 2])
  })

  test('partitions do not become fewer while the id is the same', () => {
    const known = after(emptyState, answer([{ leader: 1 }, { leader: 2 }]))
    const merged = after(known, answer([{ leader: 1 }]), { nowMs: 1e9 })
    expect(merged.topics.get('t')!.partitions.length).toBe(2)
  })

  test('new partitions are added', () => {
    const known = after(emptyState, answer([{ leader: 1 }]))
    expect(after(known, answer([{ leader: 1 }, { leader: 2 }])).topics.get('t')!.available).toEqual([0, 1])
  })

  test('without ids, a topic that every answer of 30 s contradicts is a new one', () => {
    const known = after(
      emptyState,
      answer(
        [
          { leader: 1, epoch: 9 },
          { leader: 1, epoch: 9 }
        ],
        { id: none }
      )
    )
    const recreated = answer([{ leader: 2, epoch: 0 }], { id: none })
    const first = after(known, recreated, { nowMs: 1_000 })
    expect(leader(first)).toEqual([1, 9])
    const later = after(first, recreated, { nowMs: 30_999 })
    expect(leader(later)).toEqual([1, 9])
    const last = after(later, recreated, { nowMs: 31_000 })
    expect(leader(last)).toEqual([2, 0])
    expect(last.topics.get('t')!.partitions.length).toBe(1)
  })

  test('without ids, one answer in between that agrees starts the 30 s anew', () => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 9 }], { id: none }))
    const stale = answer([{ leader: 2, epoch: 0 }], { id: none })
    const doubted = after(known, stale, { nowMs: 1_000 })
    const settled = after(doubted, answer([{ leader: 1, epoch: 9 }], { id: none }), { nowMs: 20_000 })
    expect(leader(after(settled, stale, { nowMs: 40_000 }))).toEqual([1, 9])
  })

  test.each<[string, readonly Part[]]>([
    ['a negative partition', [{ leader: 2, index: -1 }]],
    [
      'the same partition twice',
      [
        { leader: 2, index: 0 },
        { leader: 3, index: 0 }
      ]
    ],
    ['no partitions', []],
    ['a partition out of all proportion', [{ leader: 2, index: 5_000 }]]
  ])('an entry with %s changes nothing', (_name, parts) => {
    const known = after(emptyState, answer([{ leader: 1, epoch: 1 }]))
    const merged = merge(known, answer(parts))
    expect(merged).toMatchObject({ changed: false, incomplete: true })
    const fresh = merge(emptyState, answer(parts))
    if (fresh.kind === 'refused') throw fresh.error
    expect(fresh.verdicts.get('t')).toEqual({ kind: 'transient', error: null })
    expect(fresh.state.topics.size).toBe(0)
  })
})

describe('snapshot > answers as a whole', () => {
  const known = after(emptyState, answer([{ leader: 1 }]))

  test('an answer without brokers is refused', () => {
    expect(merge(known, answer([{ leader: 1 }], { brokers: [] }))).toMatchObject({
      kind: 'refused',
      error: { retriable: true }
    })
  })

  test('brokers that cannot be reached by what is said of them do not count', () => {
    const brokers = [
      { nodeId: -1, host: 'x', port: 1, rack: null },
      { nodeId: 1, host: '', port: 1, rack: null },
      { nodeId: 2, host: 'x', port: 0, rack: null },
      { nodeId: 3, host: 'x', port: 65_536, rack: null }
    ]
    expect(merge(known, answer([], { brokers })).kind).toBe('refused')
  })

  test('an error code for the whole is refused, with its code', () => {
    expect(merge(known, answer([], { errorCode: 129 }))).toMatchObject({ kind: 'refused', error: { errorCode: 129 } })
  })

  test('another cluster is refused', () => {
    const merged = merge(known, answer([{ leader: 2, epoch: 8 }], { clusterId: 'c2' }))
    expect(merged).toMatchObject({ kind: 'refused', error: { code: 'KAFKA_CONNECTION', problem: 'wrong-cluster' } })
    const strange = merge(known, answer([], { clusterId: `c2\n${'x'.repeat(30_000)}` }))
    expect(strange.kind === 'refused' && strange.error.message).toMatch(/^A broker of cluster c2 x{200,300}… answered/)
  })

  test('a broker that does not say its cluster is believed', () => {
    expect(after(known, answer([{ leader: 2, epoch: 8 }], { clusterId: null })).clusterId).toBe('c1')
  })

  test('a broker that is forgotten leads nothing', () => {
    const without = withoutBroker(known, 1)
    expect(without.brokers.has(1)).toBe(false)
    expect(leader(without)).toEqual([-1, 0])
  })
})

describe('snapshot > leader hints', () => {
  const known = after(
    emptyState,
    answer([
      { leader: 1, epoch: 4 },
      { leader: 2, epoch: 4 }
    ])
  )
  const hinted = (hint: Omit<LeaderHint, 'topic' | 'partition'>, partition = 0, topic = 't'): ClusterState | null =>
    withLeaderHints(known, [{ topic, partition, ...hint }])

  test('a strictly higher epoch at a known broker is news', () => {
    const state = hinted({ leaderId: 2, leaderEpoch: 5 })!
    expect(leader(state)).toEqual([2, 5])
    expect(leader(state, 1)).toEqual([2, 4])
    expect(state.brokers).toBe(known.brokers)
  })

  test('an equal or lower epoch is none', () => {
    expect(hinted({ leaderId: 2, leaderEpoch: 4 })).toBeNull()
    expect(hinted({ leaderId: 2, leaderEpoch: 3 })).toBeNull()
  })

  test('ids below zero, unknown partitions and unknown brokers are none', () => {
    expect(hinted({ leaderId: -1, leaderEpoch: 5 })).toBeNull()
    expect(hinted({ leaderId: 2, leaderEpoch: -1 })).toBeNull()
    expect(hinted({ leaderId: 2, leaderEpoch: 5 }, 7)).toBeNull()
    expect(hinted({ leaderId: 2, leaderEpoch: 5 }, 0, 'other')).toBeNull()
    expect(hinted({ leaderId: 9, leaderEpoch: 5 })).toBeNull()
    expect(hinted({ leaderId: 9, leaderEpoch: 5, host: '', port: 9092 })).toBeNull()
  })

  test('a broker that comes with its address is added, and the others stay', () => {
    const state = hinted({ leaderId: 9, leaderEpoch: 5, host: 'b9', port: 9999 })!
    expect(state.brokers.get(9)).toEqual({ host: 'b9', port: 9999, rack: null })
    expect([1, 2, 3].map(nodeId => state.brokers.get(nodeId))).toEqual(
      [1, 2, 3].map(nodeId => known.brokers.get(nodeId))
    )
    expect(leader(state)).toEqual([9, 5])
  })

  test('many are taken together: what is news of them, and of two of one partition the higher epoch', () => {
    const hint = { topic: 't', partition: 0, leaderId: 2, leaderEpoch: 6 }
    const state = withLeaderHints(known, [
      hint,
      { ...hint, leaderId: 3, leaderEpoch: 5 },
      { ...hint, partition: 1, leaderId: 9, leaderEpoch: 5, host: 'b9', port: 9999 },
      { ...hint, topic: 'other' }
    ])!
    expect([leader(state), leader(state, 1)]).toEqual([
      [2, 6],
      [9, 5]
    ])
    expect(state.brokers.get(9)).toEqual({ host: 'b9', port: 9999, rack: null })
    expect(state.topics.get('t')!.available).toEqual([0, 1])
  })
})
