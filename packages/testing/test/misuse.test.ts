// What a test says by mistake: told at once, in its words.
import { describe, expect, test } from 'vitest'
import { ManualClock, MemoryNetwork, TestCluster, versionsOf } from '@sluice/testing'
import { askProduce, makeBatch } from './raw-client.ts'
import { stage } from './raw-stage.ts'
import { surfacing } from './surfacing.ts'

/** As JavaScript may say it. */
function loosely(value: unknown): never {
  // What is wrong for the compiler is what these tests are about.
  return value as never
}

describe('options of a cluster', () => {
  test.each([
    [{ brokers: 0 }, 'brokers must be a whole number, at least 1, not 0'],
    [{ brokers: '3' }, 'brokers must be a whole number, at least 1, not "3"'],
    [{ broker: 3 }, 'There is no option broker: did you mean brokers?'],
    [{ autoCreateTopics: true }, 'There is no option autoCreateTopics: did you mean autocreateTopics?'],
    [{ zookeeper: true }, 'There is no option zookeeper, only brokers, topics,'],
    [{ topics: { orders: 0 } }, 'topics.orders must be a whole number, at least 1 or an object'],
    [
      { topics: { orders: { partition: 3 } } },
      'There is no option topics.orders.partition: did you mean topics.orders.partitions?'
    ],
    [
      { topics: { orders: { minInsyncReplicas: 0 } } },
      'topics.orders.minInsyncReplicas must be a whole number, at least 1'
    ],
    [{ topics: { 'no/good': 1 } }, '"no/good" cannot be the name of a topic'],
    [{ network: 'udp' }, 'network must be one of "tcp", "memory" or a MemoryNetwork, not "udp"'],
    [{ clock: () => 0 }, 'clock must be a clock, not a function'],
    [{ sasl: { user: {} } }, 'There is no option sasl.user: did you mean sasl.users?'],
    [{ sasl: { users: {}, mechanisms: ['GSSAPI'] } }, 'sasl.mechanisms[0] must be one of "PLAIN"'],
    [{ versions: { produce: { max: 9 } } }, 'There is no API versions.produce: did you mean versions.Produce?'],
    [{ versions: { Produce: { max: 99 } } }, 'versions.Produce.max must be a whole number from 3 to 13, not 99'],
    [{ versions: { Produce: { min: 9, max: 8 } } }, 'versions.Produce.max must be a whole number from 9 to 13, not 8'],
    [{ abandonedRequests: 'none' }, 'abandonedRequests must be one of "dropped", "begun", "all", not "none"'],
    [null, 'The options must be an object, not null']
  ])('%j', async (options, message) => {
    const start = TestCluster.start(loosely(options))
    await expect(start).rejects.toMatchObject({
      code: 'KAFKA_INVALID_ARGUMENT',
      message: expect.stringContaining(message)
    })
  })

  test('that are undefined are not given', async () => {
    const cluster = await TestCluster.start({
      brokers: undefined,
      topics: undefined,
      network: 'memory',
      clock: new ManualClock()
    })
    expect(cluster.addresses).toEqual(['broker-1:9092'])
  })
})

describe('what a cluster is told', () => {
  const told: readonly [does: string, tell: (cluster: TestCluster) => unknown, message: string][] = [
    [
      'intercepts',
      cluster => cluster.intercept(loosely('produce'), () => undefined),
      'There is no API produce: did you mean Produce?'
    ],
    [
      'intercepts',
      cluster => cluster.intercept('Produce', loosely({ error: 1 })),
      'The handler must be a function, not an object'
    ],
    [
      'throttles',
      cluster => cluster.throttle(-1),
      'The time of a throttle must be a number of milliseconds that is not negative, not -1'
    ],
    ['throttles', cluster => cluster.throttle(1, loosely('Product')), 'There is no API Product: did you mean Produce?'],
    [
      'limits',
      cluster => cluster.limitVersions(loosely({ Telepathy: null })),
      'There is no API versions.Telepathy, only Produce, Fetch'
    ],
    ['creates', cluster => cluster.createTopic('a b'), '"a b" cannot be the name of a topic'],
    ['creates', cluster => cluster.createTopic('new', 0), 'partitions must be a whole number, at least 1, not 0'],
    ['alters', cluster => cluster.alterTopic('orders', loosely({ partitions: 5 })), 'There is no option partitions'],
    [
      'grows',
      cluster => cluster.createPartitions('orders', 2),
      'The number of partitions of orders must be a whole number, at least 3, not 2'
    ],
    ['moves', cluster => cluster.moveLeader('orders', 0, 4), 'There is no broker 4, only 1 to 3'],
    ['syncs', cluster => cluster.setIsr('orders', 0, [1, 4]), 'There is no broker 4, only 1 to 3'],
    [
      'truncates',
      cluster => cluster.truncate('orders', 0, loosely(2)),
      'endOffset must be a bigint that is not negative, not 2'
    ],
    [
      'deletes',
      cluster => cluster.deleteRecords('orders', 0, -1n),
      'beforeOffset must be a bigint that is not negative, not -1n'
    ],
    [
      'shapes',
      cluster => cluster.network!.shape(loosely({ latency: 5 })),
      'There is no field shape.latency: did you mean shape.latencyMs?'
    ]
  ]
  test.each(told)('when it %s', async (_does, tell, message) => {
    const { cluster } = await stage()

    expect(() => tell(cluster)).toThrow(message)
  })

  test('when it kills or starts brokers', async () => {
    const { cluster } = await stage()
    await expect(cluster.kill(1, loosely({ elects: false }))).rejects.toThrow(
      'There is no option elects: did you mean elect?'
    )
    await expect(cluster.restart(1, { port: 70_000 })).rejects.toThrow('port must be a whole number from 0 to 65535')
    expect(cluster.leadership('orders', 0).leaderId).toBe(1)
  })

  test('of a network and of releases', () => {
    expect(() => new MemoryNetwork({ shape: { latencyMs: [5, 1] } })).toThrow(
      'shape.latencyMs must be a number that is not negative, or'
    )
    expect(() => versionsOf(loosely('2.9'))).toThrow('There is no release 2.9')
  })

  test.each([
    [{ dely: 5 }, 'There is no field interception.dely: did you mean interception.delay?'],
    [{ error: 'BUSY' }, 'interception.error must be a whole number from -1 to 32767 or a function, not "BUSY"'],
    [{ error: () => 'BUSY' }, 'What the error function gives must be a whole number from -1 to 32767, not "BUSY"'],
    [{ cutBy: 'rst' }, 'interception.cutBy must be one of "end", "reset", not "rst"']
  ])('as what becomes of a request: %j', async (plan, message) => {
    const { clock, cluster, connect } = await stage()
    cluster.intercept('Produce', () => loosely(plan))
    const client = connect()
    const surfaced = await surfacing(async () => {
      askProduce(client, makeBatch())
      clock.runSoon()
    })

    expect(surfaced).toEqual([message])
    expect(client.closed).toBe(true)
  })
})
