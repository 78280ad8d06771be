// Names and addresses that lead to another broker than metadata says, where brokers look at that (KIP-1242).
import { isKafkaError } from '@sluice/producer'
import { describe, expect, test } from 'vitest'
import { Stage, text, warm } from './stage.ts'

/** The second broker's name leads to the first one from now on. */
function misroute(stage: Stage): void {
  stage.cluster.network!.setName('broker-2', ['broker-1'])
  for (const connection of stage.cluster.connections()) if (connection.brokerId === 2) connection.close()
}

function refusals(stage: Stage): string[] {
  const told: string[] = []
  stage.producer.on('client:broker:failed', ({ error }) => {
    told.push(isKafkaError(error, 'KAFKA_BROKER') ? error.errorName : error.code)
  })
  return told
}

async function led(bootstrapBrokers = () => ['broker-1:9092', 'broker-2:9092']): Promise<Stage> {
  const stage = await Stage.set({ brokers: 2, topics: { orders: 2 } }, { bootstrapBrokers })
  for (const partition of [0, 1]) stage.cluster.moveLeader('orders', partition, partition + 1)
  await warm(stage)
  return stage
}

describe('a broker that is not the one that metadata named', () => {
  test('is sent nothing; the client begins anew from its list, without haste, until the broker is found', async () => {
    let lists = 0
    await using stage = await led(() => {
      lists++
      return ['broker-1:9092', 'broker-2:9092']
    })
    const told = refusals(stage)
    misroute(stage)
    const before = lists
    const wrong: number[] = []
    stage.cluster.intercept('Produce', ({ brokerId, request }) => {
      for (const { partitions } of request.topics) if (partitions[0]!.index + 1 !== brokerId) wrong.push(brokerId)
      return undefined
    })
    const sent = stage.producer.send({ messages: [{ topic: 'orders', partition: 1, value: 'v' }] })
    stage.clock.advance(10_000)
    expect(new Set(told)).toEqual(new Set(['REBOOTSTRAP_REQUIRED']))
    expect(told.length).toBeLessThan(50)
    expect(lists).toBeGreaterThan(before)
    const others = stage.producer.send({ messages: [{ topic: 'orders', partition: 0, value: 'w' }] })
    const startMs = stage.clock.monotonicMs()
    await stage.during(others)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(50)
    stage.cluster.network!.setName('broker-2', ['broker-2'])
    await stage.during(sent)
    expect([wrong, text(stage.cluster.logNow('orders', 1))]).toEqual([[], ['v']])
    expect(stage.clock.monotonicMs()).toBeLessThan(13_000)
  })

  test('moved: bootstrap brokers know where it is', async () => {
    await using stage = await led()
    const told = refusals(stage)
    misroute(stage)
    stage.cluster.moveLeader('orders', 1, 1)
    const sent = stage.producer.send({ messages: [{ topic: 'orders', partition: 1, value: 'v' }] })
    await stage.during(sent)
    expect(told).toContain('REBOOTSTRAP_REQUIRED')
    expect(text(stage.cluster.logNow('orders', 1))).toEqual(['v'])
    expect(stage.clock.monotonicMs()).toBeLessThan(3_000)
  })

  test('and does not look at whom one means: it is left when it denies its leadership again, and found when its name is', async () => {
    await using stage = await led()
    stage.cluster.limitVersions({ ApiVersions: { max: 4 } })
    for (const connection of stage.cluster.connections()) connection.close()
    await warm(stage)
    misroute(stage)
    let denials = 0
    stage.cluster.intercept('Produce', ({ brokerId }) => {
      if (brokerId === 1) denials++
      return undefined
    })
    const sent = stage.producer.send({ messages: [{ topic: 'orders', partition: 1, value: 'v' }] })
    stage.clock.advance(3_000)
    stage.cluster.network!.setName('broker-2', ['broker-2'])
    await stage.during(sent)
    expect(denials).toBeGreaterThan(1)
    expect(text(stage.cluster.logNow('orders', 1))).toEqual(['v'])
    expect(stage.clock.monotonicMs()).toBeLessThan(6_000)
  })
})
