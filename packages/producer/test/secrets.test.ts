// Nothing that a producer lets out shows a secret: not how it looks, not its errors, not its events.
import { inspect } from 'node:util'
import { Producer, stringSerializers, type SaslCredentials } from '@sluice/producer'
import { ManualClock, TestCluster } from '@sluice/testing'
import { describe, expect, test } from 'vitest'

const secret = 'hunter2-hunter2'
const disguises = [
  secret,
  Buffer.from(secret).toString('base64').slice(0, -4),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret)
    .toString('hex')
    .replace(/..(?!$)/g, '$& ')
]

const events = [
  'client:broker:connect',
  'client:broker:disconnect',
  'client:broker:failed',
  'client:broker:sasl:handshake',
  'client:broker:sasl:authentication'
] as const

function shown(thing: unknown): string {
  const looks = inspect(thing, { depth: Infinity, showHidden: true, getters: true, maxStringLength: null })
  return thing instanceof Error ? `${looks}\n${JSON.stringify(thing)}\n${thing.stack}` : looks
}

function leaks(heard: readonly unknown[]): string[] {
  const texts = heard.map(shown)
  return disguises.filter(disguise => texts.some(text => text.includes(disguise)))
}

/** What a producer lets out in its life: before it connects, when it is let in or refused, after it is closed. */
async function lifeOf(sasl: SaslCredentials, password: string): Promise<{ heard: unknown[]; outcome: string }> {
  const clock = new ManualClock()
  const cluster = await TestCluster.start({
    topics: { orders: 1 },
    network: 'memory',
    clock,
    sasl: { users: { alice: password } }
  })
  const observed: unknown[] = []
  const observer = { onConnection: (event: unknown) => void observed.push(event) }
  const producer = new Producer({ ...cluster.clientOptions(), observer, sasl, serializers: stringSerializers })
  const heard: unknown[] = [producer, shown(producer)]
  for (const name of events)
    producer.on(name, (...payload: unknown[]) => void heard.push(name, payload, shown(payload)))
  let outcome = ''
  const sent = producer.send({ messages: [{ topic: 'orders', value: 'v' }] }).then(
    () => (outcome = 'let in'),
    (error: unknown) => {
      heard.push(error)
      outcome = 'refused'
    }
  )
  for (let turn = 0; turn < 2000 && outcome === ''; turn++) {
    clock.advance(100)
    heard.push(shown(producer))
    // oxlint-disable-next-line no-await-in-loop -- promises, and the pool of threads that SCRAM is computed in
    await new Promise(resolve => void setImmediate(resolve))
  }
  await sent
  const closed = producer.close({ force: true })
  clock.advance(100)
  await closed
  await cluster.stop()
  return { heard: [...heard, ...observed, producer], outcome }
}

describe.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s', mechanism => {
  test.each([
    ['a string', secret],
    ['a function', () => secret]
  ])(
    'a password that is %s is not shown by a producer that is let in, nor by one that is refused',
    async (_, password) => {
      const credentials = { mechanism, username: 'alice', password }
      const good = await lifeOf(credentials, secret)
      expect([good.outcome, leaks(good.heard)]).toEqual(['let in', []])
      const bad = await lifeOf(credentials, 'another')
      expect([bad.outcome, leaks(bad.heard)]).toEqual(['refused', []])
      expect(bad.heard.length).toBeGreaterThan(10)
    }
  )
})

test('a token that no broker takes is not shown', async () => {
  const { heard, outcome } = await lifeOf({ mechanism: 'OAUTHBEARER', token: secret }, 'another')
  expect([outcome, leaks(heard)]).toEqual(['refused', []])
})

test('keys and certificates are not shown', () => {
  const producer = new Producer({
    bootstrapBrokers: ['kafka:9093'],
    tls: { key: secret, passphrase: secret, cert: Buffer.from(secret) },
    serializers: stringSerializers
  })
  expect(leaks([producer])).toEqual([])
})

test('what would be shown is found', () => {
  for (const way of [new Error(secret), { deep: { down: Buffer.from(secret) } }, { header: `x ${disguises[1]}` }])
    expect(leaks([way])).not.toEqual([])
})
