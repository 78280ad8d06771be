import { describe, expect, test } from 'vitest'
import { Group, type Joined, type JoinRequest, type Synced } from './group.ts'
import { ManualClock } from './manual-clock.ts'

function makeGroup(): { readonly clock: ManualClock; readonly group: Group } {
  const clock = new ManualClock()
  return { clock, group: new Group(clock) }
}

function requestOf(memberId: string, protocols: readonly string[] = ['range']): JoinRequest {
  return {
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: protocols.map(name => ({ name, metadata: Buffer.from(`${memberId} speaks ${name}`) })),
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 3000
  }
}

function join(group: Group, memberId: string, protocols?: readonly string[]): { joined?: Joined } {
  const result: { joined?: Joined } = {}
  group.expect(memberId)
  group.join(requestOf(memberId, protocols), joined => {
    result.joined = joined
  })
  return result
}

function sync(
  group: Group,
  memberId: string,
  generation: number,
  assigned: Record<string, string> = {}
): { synced?: Synced } {
  const result: { synced?: Synced } = {}
  const assignments = Object.entries(assigned).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) }))
  group.sync({ memberId, generation }, assignments, synced => {
    result.synced = synced
  })
  return result
}

describe('group', () => {
  test('of one member joins at once and gets what it assigns itself', () => {
    const { group } = makeGroup()
    const { joined } = join(group, 'a', ['range', 'sticky'])
    expect(joined).toMatchObject({ errorCode: 0, generation: 1, protocol: 'range', leader: 'a', memberId: 'a' })
    expect(joined!.members.map(({ metadata }) => Buffer.from(metadata).toString())).toEqual(['a speaks range'])

    const { synced } = sync(group, 'a', 1, { a: 'everything' })
    expect(Buffer.from(synced!.assignment).toString()).toBe('everything')
    expect(group.check('a', 1)).toBe(0)
  })

  test('waits for its members to join again when another comes', () => {
    const { group } = makeGroup()
    join(group, 'a')
    sync(group, 'a', 1, { a: 'all' })
    const second = join(group, 'b')
    expect(second.joined).toBeUndefined()
    expect(group.check('a', 1)).toBe(27)

    const first = join(group, 'a')
    expect(first.joined).toMatchObject({ generation: 2, leader: 'a' })
    expect(first.joined!.members.map(({ memberId }) => memberId)).toEqual(['a', 'b'])
    expect(second.joined).toMatchObject({ generation: 2, leader: 'a', members: [] })

    const follower = sync(group, 'b', 2)
    expect(follower.synced).toBeUndefined()
    sync(group, 'a', 2, { a: 'left', b: 'right' })
    expect(Buffer.from(follower.synced!.assignment).toString()).toBe('right')
  })

  test('goes on without a member that does not join again in time', () => {
    const { clock, group } = makeGroup()
    join(group, 'a')
    sync(group, 'a', 1, { a: 'all' })
    const second = join(group, 'b')
    clock.advance(3000)

    expect(second.joined).toMatchObject({ generation: 2, leader: 'b' })
    expect(group.check('a', 2)).toBe(25)
  })

  test('goes on without a member that is not heard of', () => {
    const { clock, group } = makeGroup()
    join(group, 'a')
    sync(group, 'a', 1, { a: 'all' })
    clock.advance(9999)
    expect(group.check('a', 1)).toBe(0)
    clock.advance(9999)
    expect(group.check('a', 1)).toBe(0)
    clock.advance(10_000)
    expect(group.check('a', 1)).toBe(25)
  })

  test('rebalances when a member leaves', () => {
    const { group } = makeGroup()
    join(group, 'a')
    join(group, 'b')
    join(group, 'a')
    expect(group.leave('a')).toBe(0)
    expect(group.leave('a')).toBe(25)
    expect(group.check('b', 2)).toBe(27)
    const { joined } = join(group, 'b')

    expect(joined).toMatchObject({ generation: 3, leader: 'b' })
  })

  test('chooses a protocol that all members speak, and takes nobody who has none in common', () => {
    const { group } = makeGroup()
    join(group, 'a', ['range', 'sticky'])
    join(group, 'b', ['sticky'])
    const { joined } = join(group, 'a', ['range', 'sticky'])
    expect(joined!.protocol).toBe('sticky')

    expect(join(group, 'c', ['range']).joined).toMatchObject({ errorCode: 23 })
  })

  test('refuses strangers and the past', () => {
    const { group } = makeGroup()
    join(group, 'a')
    let stranger: Joined | undefined
    group.join(requestOf('x'), joined => {
      stranger = joined
    })

    expect(stranger).toMatchObject({ errorCode: 25 })
    expect(sync(group, 'a', 0).synced).toMatchObject({ errorCode: 22 })
    expect(sync(group, 'x', 1).synced).toMatchObject({ errorCode: 25 })
    expect(group.checkCommit('a', 0)).toBe(22)
  })

  test('keeps offsets, also for consumers that are no members while nobody else is', () => {
    const { group } = makeGroup()
    expect(group.checkCommit('', -1)).toBe(0)
    group.commit('a/b', 3, { offset: 7n, leaderEpoch: 1, metadata: 'm' })
    expect(group.committed('a/b', 3)).toEqual({ offset: 7n, leaderEpoch: 1, metadata: 'm' })
    expect([...group.committedPartitions()]).toEqual([['a/b', [3]]])
    group.commit('a', 3, { offset: 8n, leaderEpoch: 1, metadata: null })
    group.forget('a')
    expect([...group.committedPartitions()]).toEqual([['a/b', [3]]])
    join(group, 'a')

    expect(group.checkCommit('', -1)).toBe(25)
  })
})
