// Unit tests of options.ts and pool-options.ts.
import { InvalidArgumentError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { checkOptions, nearestName, rules } from './options.ts'
import { pickPoolOptions, poolOptionTable, poolSettings } from './pool-options.ts'

const table = { batchSize: rules.bytes(1), linger: rules.milliseconds(), strict: rules.flag() }

function refusal(check: () => unknown): string {
  try {
    check()
  } catch (thrown) {
    if (thrown instanceof InvalidArgumentError) return thrown.message
    throw thrown
  }
  return 'nothing'
}

describe('options', () => {
  test('names the path, what the value must be, and the value', () => {
    expect(refusal(() => checkOptions(table, { linger: -5 }))).toBe(
      'linger must be a number of milliseconds from 0 to 2,147,483,647, not -5'
    )
    expect(refusal(() => checkOptions(table, { batchSize: 1.5 }, 'send'))).toBe(
      'send.batchSize must be a whole number of bytes from 1 to 2,147,483,647, not 1.5'
    )
    expect(refusal(() => checkOptions(table, { strict: 'yes' }))).toBe('strict must be true or false, not "yes"')
  })

  test('of a list it names the element that is wrong, and its value', () => {
    const lists = {
      sizes: rules.listOf(rules.bytes(1)),
      topics: rules.either(rules.oneOf(['all']), rules.listOf(rules.text())),
      keys: rules.listOf(rules.secret(rules.text()))
    }
    expect(refusal(() => checkOptions(lists, { sizes: [7, 0, -1] }, 'send'))).toBe(
      'send.sizes[1] must be a whole number of bytes from 1 to 2,147,483,647, not 0'
    )
    expect(refusal(() => checkOptions(lists, { topics: ['a', 7] }))).toBe('topics[1] must be a string, not 7')
    expect(refusal(() => checkOptions(lists, { topics: 'al' }))).toBe(
      'topics must be one of "all" or a list in which each is a string, not "al"'
    )
    expect(refusal(() => checkOptions(lists, { keys: [7] }))).toBe('keys[0] must be a string, not a number')
  })

  test.each([
    ['batchsize', 'batchSize'],
    ['bacthSize', 'batchSize'],
    ['linger_', 'linger'],
    ['strikt', 'strict'],
    ['size', 'batchSize']
  ])('for the unknown name %s it asks whether %s was meant', (unknown, known) => {
    expect(refusal(() => checkOptions(table, { [unknown]: 1 }))).toBe(
      `There is no option ${unknown}: did you mean ${known}?`
    )
  })

  test('suggests nothing that is not near', () => {
    expect(refusal(() => checkOptions(table, { compression: 1 }))).toBe('There is no option compression')
    expect(nearestName('x', ['y'])).toBe('y')
    expect(nearestName('ab', ['yz'])).toBeNull()
  })

  test('an explicit undefined is the same as an absent option, known or not', () => {
    expect(refusal(() => checkOptions(table, { linger: undefined, nonsense: undefined }))).toBe('nothing')
  })

  test.each([null, 7, 'text', []])('refuses %j in place of an object', options => {
    expect(refusal(() => checkOptions(table, options as object))).toMatch(/must be an object/)
  })

  test.each([Number.NaN, Infinity, '5', 2 ** 40, null])('refuses %s as a time', value => {
    expect(refusal(() => checkOptions(table, { linger: value }))).toMatch(/^linger must be/)
  })

  test('names the element of a list, and the member of an object, that is wrong', () => {
    const nested = {
      sizes: rules.listOf(rules.bytes(1)),
      times: rules.objectOf('an object of times', { first: rules.milliseconds(), last: rules.milliseconds() }),
      either: rules.either(rules.flag(), rules.listOf(rules.secret(rules.text())))
    }
    expect(refusal(() => checkOptions(nested, { sizes: [1, 2], times: { first: 1 }, either: ['x'] }))).toBe('nothing')
    for (const [options, message] of [
      [{ sizes: [1, 0] }, 'send.sizes[1] must be a whole number of bytes from 1 to 2,147,483,647, not 0'],
      [
        { sizes: Array.from({ length: 2 }).fill(1, 1) },
        'send.sizes[0] must be a whole number of bytes from 1 to 2,147,483,647, not undefined'
      ],
      [
        { sizes: 5 },
        'send.sizes must be a list in which each is a whole number of bytes from 1 to 2,147,483,647, not 5'
      ],
      [{ times: { first: 'x' } }, 'send.times.first must be a number of milliseconds from 0 to 2,147,483,647, not "x"'],
      [{ times: { frist: 1 } }, 'There is no option send.times.frist: did you mean send.times.first?'],
      [{ times: [] }, 'send.times must be an object of times, not an empty array'],
      [{ either: [5] }, 'send.either[0] must be a string, not a number']
    ] as const)
      expect(refusal(() => checkOptions(nested, options, 'send'))).toBe(message)
  })

  test('shows a long text only in part, and never the inside of an object', () => {
    expect(refusal(() => checkOptions(table, { linger: 'x'.repeat(1000) })).length).toBeLessThan(200)
    expect(refusal(() => checkOptions(table, { linger: { password: 'hunter2' } }))).toMatch(/not an object$/)
  })
})

describe('pool options', () => {
  test('have defaults', () => {
    expect(poolSettings({})).toEqual({
      clientId: 'sluice',
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      idleTimeoutMs: 540_000,
      maxInflights: 5,
      maxResponseBytes: 104_857_600,
      context: undefined
    })
  })

  test.each([
    ['c'.repeat(32_767), 'nothing'],
    ['c'.repeat(32_768), 'clientId must be a string of at most 32,767 bytes, not "ccc'],
    ['é'.repeat(16_384), 'clientId must be a string of at most 32,767 bytes, not "ééé']
  ])('a name that no request could carry is refused when it is given (case %#)', (clientId, says) => {
    expect(refusal(() => poolSettings({ clientId })).slice(0, says.length)).toBe(says)
  })

  test('every option is judged, and nothing secret is shown', () => {
    const wrong = 'hunter2'
    for (const [name, { secret }] of Object.entries(poolOptionTable)) {
      if (['clientId', 'context', 'tlsServerName'].includes(name)) continue
      const message = refusal(() => poolSettings({ [name]: wrong }))
      expect(message).toMatch(new RegExp(`^${name} must be`))
      expect(message.includes(wrong)).toBe(secret !== true)
    }
  })

  test('the object is neither changed nor kept', () => {
    const options = Object.freeze({ clientId: 'mine', requestTimeout: 7 })
    expect(poolSettings(options)).toMatchObject({ clientId: 'mine', requestTimeoutMs: 7 })
  })

  test.each([
    [{ tls: {}, ssl: true }, /tls and ssl are the same option/],
    [{ tls: true, transport: { connect: () => {} } }, /transport cannot be given together with tls/],
    [{ tlsServerName: 'kafka' }, /tlsServerName says nothing without tls/],
    [{ sasl: { mechanism: 'PLAIN', username: 'a', password: 'hunter2' } }, /^sasl must be a SASL mechanism/]
  ])('refuses what does not go together', (options, message) => {
    const refused = refusal(() => poolSettings(options as object))
    expect(refused).toMatch(message)
    expect(refused).not.toContain('hunter2')
  })

  test('can be picked out of the options of a larger client', () => {
    const picked = pickPoolOptions({ clientId: 'mine', bootstrapBrokers: ['a'] })
    expect(picked).toMatchObject({ clientId: 'mine' })
    expect(picked).not.toHaveProperty('bootstrapBrokers')
  })
})
