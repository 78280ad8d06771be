// Mechanisms of users, which are not always what they should be.
import { describe, expect, test } from 'vitest'
import { authenticating, begun, goOn } from './authenticating.ts'

describe('a mechanism of the user', () => {
  const plain = {
    name: 'TEST',
    *authenticate(): Generator<Uint8Array, void, Uint8Array> {
      yield Buffer.from('one')
    }
  }
  const bare = {
    name: 'TEST',
    authenticate: () => {
      const messages = [Buffer.from('one')]
      return { next: async () => ({ value: messages.shift(), done: false }) }
    }
  }

  test('that is a plain generator does', async () => {
    const { reply, connection } = await authenticating(plain as never)
    await reply(begun)
    await reply(goOn('uno'))
    expect(connection.state).toBe('ready')
  })

  test.each([
    [
      'gives a text',
      {
        name: 'TEST',
        authenticate: () =>
          (async function* () {
            yield 'one'
          })()
      },
      /Uint8Array/
    ],
    ['gives nothing', { name: 'TEST', authenticate: () => undefined }, /authenticate must return an async generator/]
  ])('that %s is told of', async (_what, mechanism, says) => {
    const { error } = await authenticating(mechanism as never)
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toMatch(says)
  })

  test('that is a plain generator and throws is told of', async () => {
    const failing = {
      name: 'TEST',
      // oxlint-disable-next-line require-yield -- it fails before
      *authenticate(): Generator<Uint8Array> {
        throw new Error('no token today')
      }
    }
    const { error } = await authenticating(failing as never)
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toContain('no token today')
  })

  test('that has nothing more to say, and does not end, is told of', async () => {
    const { reply, error } = await authenticating(bare as never)
    await reply(begun)
    await reply(goOn('uno'))
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toMatch(/Uint8Array/)
  })
})
