import { describe, expect, it } from 'vitest'
import { readCommand } from './args.ts'

const produce = (...more: string[]): unknown =>
  readCommand(['produce', '--brokers', 'a:1,b:2', '--topic', 't', ...more])

describe('command line', () => {
  it('reads every option of produce', () => {
    const given =
      '--format json --key-field id --partition 3 --headers a=1 --headers b=x=y --acks leader --no-idempotent --autocreate ' +
      '--compression zstd --compression-level 3 --linger 5 --batch-size 1000 --max-request-size 2000 --buffer-memory 5000 --delivery-timeout 9 ' +
      '--rejects r.jsonl --quiet --json --client-id c --request-timeout 7 --tls-ca ca.pem --sasl-mechanism PLAIN ' +
      '--sasl-username u --sasl-password-env PASSWORD --brokers c:3'
    expect(produce(...given.split(' '))).toEqual({
      name: 'produce',
      args: {
        brokers: ['a:1', 'b:2', 'c:3'],
        clientId: 'c',
        requestTimeoutMs: 7,
        tls: { caFile: 'ca.pem', certFile: undefined, keyFile: undefined, serverName: undefined },
        sasl: { mechanism: 'PLAIN', username: 'u', secret: { from: 'env', text: 'PASSWORD' } },
        topic: 't',
        format: 'json',
        keyField: 'id',
        partition: 3,
        headers: [
          ['a', '1'],
          ['b', 'x=y']
        ],
        acks: 1,
        idempotent: false,
        autocreate: true,
        compression: 'zstd',
        compressionLevel: 3,
        lingerMs: 5,
        batchBytes: 1_000,
        maxRequestBytes: 2_000,
        bufferBytes: 5_000,
        deliveryTimeoutMs: 9,
        rejects: 'r.jsonl',
        quiet: true,
        json: true
      }
    })
  })

  it('leaves to the producer what is not given', () => {
    expect(produce()).toMatchObject({
      args: { format: 'raw', acks: undefined, idempotent: undefined, tls: null, sasl: null, lingerMs: undefined }
    })
  })

  it('takes a key field to mean JSON', () => {
    expect(produce('--key-field', 'id')).toMatchObject({ args: { format: 'json' } })
  })

  it('reads metadata', () => {
    expect(readCommand(['metadata', '--brokers', 'a', '--topic', 'x', '--topic', 'y', '--json'])).toMatchObject({
      name: 'metadata',
      args: { brokers: ['a'], topics: ['x', 'y'], json: true }
    })
  })

  it.each([
    [[], null],
    [['--help'], null],
    [['help', 'produce'], 'produce'],
    [['produce', '--brokers', 'a', '--topic', 't', '--help'], 'produce'],
    [['metadata', '-h'], 'metadata']
  ])('answers %j with help', (argv, topic) => {
    expect(readCommand(argv)).toEqual({ name: 'help', topic })
  })

  it('takes a level below zero, as codecs do', () => {
    expect(produce('--compression', 'zstd', '--compression-level=-5')).toMatchObject({ args: { compressionLevel: -5 } })
  })

  it.each([
    [['consume'], /no command "consume"/],
    [['produce', '--topic', 't'], /--brokers is missing/],
    [['produce', '--brokers', ',', '--topic', 't'], /--brokers is missing/],
    [['produce', '--brokers', 'a'], /--topic is missing/],
    [['produce', '--topik', 't'], /Unknown option '--topik'/],
    [['produce', '--brokers'], /argument missing/],
    [['produce', 'stray'], /stray/]
  ])('refuses %j', (argv, says) => {
    expect(() => readCommand(argv)).toThrow(says)
  })

  it.each([
    ['--format xml', /raw, json or tab/],
    ['--format raw --key-field id', /--key-field needs/],
    ['--headers a', /NAME=VALUE/],
    ['--headers =a', /NAME=VALUE/],
    ['--acks 2', /--acks is all/],
    ['--linger soon', /--linger is a whole number/],
    ['--partition=-1', /--partition is a whole number/],
    ['--idempotent --no-idempotent', /exclude each other/],
    ['--sasl-username u', /--sasl-mechanism is missing/],
    ['--sasl-mechanism PLAIN --sasl-password p --sasl-password-env P', /in one way/]
  ])('refuses produce with %s', (given, says) => {
    expect(() => produce(...given.split(' '))).toThrow(says)
  })
})
