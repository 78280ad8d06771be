import { InvalidArgumentError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { toldInFlags } from './flags.ts'

describe('flags', () => {
  it.each([
    ['batchSize must be a whole number', '--batch-size must be a whole number'],
    [
      'deliveryTimeout (10) must be at least linger (20) + requestTimeout (5)',
      '--delivery-timeout (10) must be at least --linger (20) + --request-timeout (5)'
    ],
    ['bootstrapBrokers[1] must be', '--brokers must be'],
    ['check the name in bootstrapBrokers, or in', 'check the name in --brokers, or in'],
    ['or set autocreateTopics where', 'or set --autocreate where'],
    ['leave the tls option out, or', 'leave --tls out, or'],
    ['or set tlsServerName to one', 'or set --tls-server-name to one'],
    [
      "give tls the certificate of the authority that signed it, as 'ca'",
      'give --tls-ca the certificate of the authority that signed it'
    ],
    ["give tls its 'cert' and 'key'", 'give --tls-cert and --tls-key'],
    ['choose one of these for sasl', 'choose one of these for --sasl-mechanism'],
    ['wants SASL, set the sasl option', 'wants SASL, set --sasl-mechanism'],
    ['check the username and password given to sasl (BAD)', 'check the username and password given to --sasl-… (BAD)'],
    ['can be reached from here, or give mapAddress', 'can be reached from here']
  ])('%s', (message, told) => {
    expect(toldInFlags(new InvalidArgumentError(message))).toBe(told)
  })

  it.each([
    'linger of the poll phase',
    'deliveryTimeouts',
    'node:tls does not take it',
    'a topic called sasl',
    'my.batchSize.topic'
  ])('%s is nothing of the kind', message => {
    expect(toldInFlags(new InvalidArgumentError(message))).toBe(message)
  })

  it('what is not of the client is left as it is', () => {
    expect(toldInFlags(new Error('batchSize'))).toBe('batchSize')
    expect(toldInFlags('batchSize')).toBe('batchSize')
  })
})
