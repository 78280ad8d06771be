// What holds of the picture of the cluster, whatever brokers answer.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idA, idB, merge, none } from '../test/snapshot-answers.ts'
import type { Merge } from './snapshot-merge.ts'
import { emptyState, type ClusterState, type MetadataAnswer } from './snapshot.ts'

const anyPartition = fc.record({
  errorCode: fc.constantFrom(0, 0, 0, 5, 9, 72),
  partitionIndex: fc.integer({ min: -1, max: 4 }),
  leaderId: fc.integer({ min: -2, max: 5 }),
  leaderEpoch: fc.integer({ min: -1, max: 6 }),
  replicaNodes: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  isrNodes: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 })
})
const anyTopic = fc.record({
  errorCode: fc.constantFrom(0, 0, 0, 0, 3, 5, 29),
  name: fc.constantFrom('t', 'u', null),
  topicId: fc.constantFrom(idA, idA, idB, none),
  partitions: fc.array(anyPartition, { maxLength: 5 })
})
const anyAnswer = fc.record({
  errorCode: fc.constantFrom(0, 0, 0, 0, 0, 129),
  clusterId: fc.constantFrom('c1', 'c1', null, 'c2'),
  controllerId: fc.integer({ min: -1, max: 4 }),
  brokers: fc.array(
    fc.record({
      nodeId: fc.integer({ min: -1, max: 4 }),
      host: fc.constantFrom('a', 'b', ''),
      port: fc.constantFrom(0, 1, 9092),
      rack: fc.constant(null)
    }),
    { maxLength: 5 }
  ),
  topics: fc.array(anyTopic, { maxLength: 3 })
})
const anyHistory = fc.array(
  fc.record({ answer: anyAnswer, doubted: fc.boolean(), stepMs: fc.integer({ min: 0, max: 20_000 }) }),
  { maxLength: 12 }
)

/** Plays a history and hands every step to `judge`. */
function play(
  history: readonly { answer: MetadataAnswer; doubted: boolean; stepMs: number }[],
  judge: (before: ClusterState, merged: Merge, given: MetadataAnswer) => void
): void {
  let state = emptyState
  let nowMs = 0
  for (const step of history) {
    nowMs += step.stepMs
    const merged = merge(state, step.answer, { doubted: step.doubted, nowMs })
    judge(state, merged, step.answer)
    if (merged.kind === 'merged') state = merged.state
  }
}

describe('snapshot > whatever brokers answer', () => {
  test('every leader is a broker of the snapshot, and available names exactly those that have one', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        play(history, (_before, merged) => {
          if (merged.kind === 'refused') return
          for (const { partitions, available } of merged.state.topics.values()) {
            for (const { leader: id } of partitions) expect(id === -1 || merged.state.brokers.has(id)).toBe(true)
            expect(available).toEqual(partitions.flatMap((p, index) => (p.leader >= 0 ? [index] : [])))
          }
        })
      })
    )
  })

  test('while a topic id stands, epochs never fall, partitions never vanish, topics never vanish', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        play(history, (before, merged) => {
          if (merged.kind === 'refused') return
          for (const [name, old] of before.topics) {
            const now = merged.state.topics.get(name)!
            if (now.id !== old.id || old.id === none) continue
            old.partitions.forEach((partition, index) => {
              expect(now.partitions[index]!.leaderEpoch).toBeGreaterThanOrEqual(partition.leaderEpoch)
            })
          }
        })
      })
    )
  })

  test('an id that was replaced never comes back', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        const retired = new Map<string, Set<string>>()
        play(history, (before, merged) => {
          if (merged.kind === 'refused') return
          for (const [name, old] of before.topics) {
            const { id } = merged.state.topics.get(name)!
            const seen = retired.get(name) ?? new Set()
            expect(seen.has(id)).toBe(false)
            if (id !== old.id && old.id !== none) retired.set(name, seen.add(old.id))
          }
        })
      })
    )
  })

  test('merging the same answer twice changes nothing the second time', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        play(history, (_before, merged, given) => {
          if (merged.kind === 'refused') return
          const again = merge(merged.state, given, { nowMs: merged.state.lastUpdateMs })
          expect(again).toMatchObject({ kind: 'merged', changed: false })
        })
      })
    )
  })

  test('unchanged means unchanged', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        play(history, (before, merged) => {
          if (merged.kind === 'refused' || merged.changed) return
          expect(merged.state.brokers).toBe(before.brokers)
          for (const [name, topic] of merged.state.topics) {
            expect(topic.partitions).toBe(before.topics.get(name)!.partitions)
          }
        })
      })
    )
  })

  test('every topic that is answered of has a verdict, and `known` means that it is there', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        play(history, (_before, merged, given) => {
          if (merged.kind === 'refused') return
          const names = given.topics.flatMap(({ name }) => (name === null ? [] : [name]))
          expect(names.every(name => merged.verdicts.has(name))).toBe(true)
          const known = names.filter(name => merged.verdicts.get(name)!.kind === 'known')
          expect(known.every(name => merged.state.topics.has(name))).toBe(true)
        })
      })
    )
  })
})
