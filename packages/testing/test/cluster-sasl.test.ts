import { apiVersionsApi, metadataApi, saslAuthenticateApi, saslHandshakeApi } from '@sluice/protocol'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ManualClock, TestCluster } from '@sluice/testing'
import { RawClient } from './raw-client.ts'

interface Stage {
  readonly clock: ManualClock
  readonly connect: () => RawClient
  readonly handshake: (client: RawClient, mechanism: string) => number | undefined
  readonly authenticate: (
    client: RawClient,
    text: string
  ) => { errorCode: number; text: string; lifetimeMs: bigint } | undefined
  readonly mayAsk: (client: RawClient) => boolean
}

async function stage(sessionLifetimeMs = 0): Promise<Stage> {
  const clock = new ManualClock()
  const sasl = { users: { alice: 'secret', bob: 'secret' }, sessionLifetimeMs }
  const cluster = await TestCluster.start({ network: 'memory', clock, sasl })
  return {
    clock,
    connect: () => {
      const client = new RawClient(cluster.network!.transport(), { host: 'broker-1', port: 9092 })
      clock.runSoon()
      return client
    },
    handshake: (client, mechanism) => {
      const pending = client.ask(saslHandshakeApi, 1, { mechanism })
      clock.runSoon()
      return pending.response?.errorCode
    },
    authenticate: (client, text) => {
      const pending = client.ask(saslAuthenticateApi, 2, { authBytes: Buffer.from(text) })
      clock.runSoon()
      if (pending.response === undefined) return undefined
      const { errorCode, authBytes, sessionLifetimeMs: lifetimeMs } = pending.response
      return { errorCode, text: Buffer.from(authBytes).toString(), lifetimeMs }
    },
    mayAsk: client => {
      const pending = client.ask(metadataApi, 9, { topics: [], allowAutoTopicCreation: false })
      clock.runSoon()
      return pending.response !== undefined
    }
  }
}

function proofOf(hash: string, password: string, parts: { first: string; server: string; unproved: string }): string {
  const fields = Object.fromEntries(parts.server.split(',').map(part => [part[0]!, part.slice(2)]))
  const bytes = createHash(hash).digest().length
  const salted = pbkdf2Sync(password, Buffer.from(fields['s']!, 'base64'), Number(fields['i']), bytes, hash)
  const key = createHmac(hash, salted).update('Client Key').digest()
  const stored = createHash(hash).update(key).digest()
  const signed = `${parts.first},${parts.server},${parts.unproved}`
  const signature = createHmac(hash, stored).update(signed).digest()
  return Buffer.from(key.map((byte, at) => byte ^ signature[at]!)).toString('base64')
}

describe('authentication', () => {
  test('lets nobody ask before it', async () => {
    const { connect, mayAsk } = await stage()
    const client = connect()

    expect(mayAsk(client)).toBe(false)
    expect(client.closed).toBe(true)
  })

  test('by PLAIN takes the right password and no other', async () => {
    const { connect, handshake, authenticate, mayAsk } = await stage()
    const right = connect()
    expect(handshake(right, 'PLAIN')).toBe(0)
    expect(authenticate(right, '\0alice\0secret')?.errorCode).toBe(0)
    expect(mayAsk(right)).toBe(true)

    const wrong = connect()
    handshake(wrong, 'PLAIN')
    expect(authenticate(wrong, '\0alice\0guess')?.errorCode).toBe(58)
    expect(wrong.closed).toBe(true)
  })

  test.each([
    ['SCRAM-SHA-256', 'sha256'],
    ['SCRAM-SHA-512', 'sha512']
  ])('by %s takes the right proof and no other', async (mechanism, hash) => {
    const { connect, handshake, authenticate, mayAsk } = await stage()
    for (const [password, accepted] of [
      ['secret', true],
      ['guess', false]
    ] as const) {
      const client = connect()
      expect(handshake(client, mechanism)).toBe(0)
      const first = 'n=alice,r=clientnonce'
      const server = authenticate(client, `n,,${first}`)!.text
      const unproved = `c=biws,${server.split(',')[0]}`
      const last = authenticate(client, `${unproved},p=${proofOf(hash, password, { first, server, unproved })}`)
      expect(last?.errorCode).toBe(accepted ? 0 : 58)
      expect(last?.text.startsWith('v=')).toBe(accepted)
      expect(mayAsk(client)).toBe(accepted)
    }
  })

  test('names what it has when asked for something else', async () => {
    const { connect, handshake } = await stage()

    expect(handshake(connect(), 'GSSAPI')).toBe(33)
  })

  // Each step with the answer of a Kafka 4.3.1; nothing: the connection ends without one.
  type Step = 'versions' | 'metadata' | 'handshake' | 'other handshake' | 'authenticate' | 'other user'
  const orders: readonly [
    lifetimeMs: number,
    open: boolean,
    steps: readonly (readonly [Step, number | undefined])[]
  ][] = [
    [0, false, [['metadata', undefined]]],
    [0, false, [['authenticate', undefined]]],
    [
      0,
      false,
      [
        ['versions', 0],
        ['metadata', undefined]
      ]
    ],
    [
      0,
      false,
      [
        ['versions', 0],
        ['versions', undefined]
      ]
    ],
    [
      0,
      true,
      [
        ['versions', 0],
        ['handshake', 0],
        ['authenticate', 0],
        ['versions', 0],
        ['metadata', 0]
      ]
    ],
    [
      0,
      false,
      [
        ['handshake', 0],
        ['versions', 34]
      ]
    ],
    [
      0,
      false,
      [
        ['handshake', 0],
        ['metadata', 34]
      ]
    ],
    [
      0,
      false,
      [
        ['handshake', 0],
        ['handshake', 34]
      ]
    ],
    [
      0,
      false,
      [
        ['other handshake', 0],
        ['handshake', 34]
      ]
    ],
    [
      0,
      true,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['handshake', 34],
        ['authenticate', 34],
        ['metadata', 0]
      ]
    ],
    [
      1000,
      true,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['authenticate', 34],
        ['handshake', 0],
        ['authenticate', 0],
        ['metadata', 0]
      ]
    ],
    [
      1000,
      false,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['handshake', 0],
        ['metadata', 34]
      ]
    ],
    [
      1000,
      false,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['handshake', 0],
        ['handshake', 34]
      ]
    ],
    [
      1000,
      false,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['other handshake', undefined]
      ]
    ],
    [
      1000,
      false,
      [
        ['handshake', 0],
        ['authenticate', 0],
        ['handshake', 0],
        ['other user', 58]
      ]
    ]
  ]
  test.each(orders)('with sessions of %i ms, open afterwards: %s, takes %j', async (lifetimeMs, open, steps) => {
    const { clock, connect, handshake, authenticate } = await stage(lifetimeMs)
    const client = connect()
    const take: Readonly<Record<Step, () => number | undefined>> = {
      versions: () => {
        const software = { clientSoftwareName: 'sluice', clientSoftwareVersion: '1' }
        const pending = client.ask(apiVersionsApi, 3, software)
        clock.runSoon()
        return pending.response?.errorCode
      },
      metadata: () => {
        const pending = client.ask(metadataApi, 13, { topics: [], allowAutoTopicCreation: false })
        clock.runSoon()
        return pending.response?.errorCode
      },
      handshake: () => handshake(client, 'PLAIN'),
      'other handshake': () => handshake(client, 'SCRAM-SHA-256'),
      authenticate: () => authenticate(client, '\0alice\0secret')?.errorCode,
      'other user': () => authenticate(client, '\0bob\0secret')?.errorCode
    }

    expect(steps.map(([step]) => [step, take[step]()])).toEqual(steps)
    expect(client.closed).toBe(!open)
  })

  test('ends a connection that asks for a mechanism that is not there', async () => {
    const { connect, handshake } = await stage()
    const client = connect()
    expect(handshake(client, 'GSSAPI')).toBe(33)
    expect(client.closed).toBe(true)
  })

  test.each([
    ['PLAIN', 'bob\0alice\0secret', 58],
    ['PLAIN', 'alice\0alice\0secret', 0],
    ['SCRAM-SHA-256', 'n,a=bob,n=alice,r=abc', 58],
    ['SCRAM-SHA-256', 'n,a=alice,n=alice,r=abc', 0],
    ['SCRAM-SHA-256', 'n,,m=x,n=alice,r=abc', 0],
    ['SCRAM-SHA-256', 'y,,n=alice,r=abc', 58]
  ])('by %s answers %j with %i', async (mechanism, text, errorCode) => {
    const { connect, handshake, authenticate } = await stage()
    const client = connect()
    handshake(client, mechanism)

    expect(authenticate(client, text)?.errorCode).toBe(errorCode)
  })

  test('is nothing that a cluster without it waits for', async () => {
    const clock = new ManualClock()
    const cluster = await TestCluster.start({ network: 'memory', clock })
    const client = new RawClient(cluster.network!.transport(), { host: 'broker-1', port: 9092 })
    const shaken = client.ask(saslHandshakeApi, 1, { mechanism: 'PLAIN' })
    const authenticated = client.ask(saslAuthenticateApi, 2, { authBytes: Buffer.from('\0alice\0secret') })
    clock.runSoon()

    expect([shaken.response?.errorCode, authenticated.response?.errorCode]).toEqual([34, 34])
    expect(client.closed).toBe(false)
  })

  test('ends with its lifetime unless it is done again', async () => {
    const { clock, connect, handshake, authenticate, mayAsk } = await stage(1000)
    const client = connect()
    handshake(client, 'PLAIN')
    expect(authenticate(client, '\0alice\0secret')?.lifetimeMs).toBe(1000n)
    clock.advance(900)
    handshake(client, 'PLAIN')
    authenticate(client, '\0alice\0secret')
    clock.advance(900)
    expect(mayAsk(client)).toBe(true)
    clock.advance(100)
    expect(mayAsk(client)).toBe(false)
    expect(client.closed).toBe(true)
  })
})
