import { systemClock } from '@sluice/core'
import { TestCluster } from '@sluice/testing'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hastyClock, testShell, type TestShell } from './shell.fixture.ts'

let cluster: TestCluster
let folder: string

beforeEach(async () => {
  cluster = await TestCluster.start({ brokers: 3, topics: { orders: 1, wide: 6 } })
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
})
afterEach(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true })
})

const brokers = (of: TestCluster = cluster): string =>
  of
    .clientOptions()
    .bootstrapBrokers.map(({ host, port }) => `${host}:${port}`)
    .join(',')
const produce = (shell: TestShell, given = ''): Promise<number> =>
  shell.run(['produce', '--brokers', brokers(), '--topic', 'orders', ...given.split(' ').filter(word => word !== '')])
const rejects = (): Record<string, unknown>[] =>
  readFileSync(join(folder, 'r.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
const values = async (): Promise<(string | undefined)[]> =>
  (await cluster.log('orders')).map(({ value }) => value?.toString())

describe('sluice produce', () => {
  it('sends every line, in order, and says so', async () => {
    const shell = testShell({ input: 'a\n\nb\nlast' })
    expect(await produce(shell)).toBe(0)
    expect(await values()).toEqual(['a', '', 'b', 'last'])
    expect(shell.written.out).toBe('')
    expect(shell.written.err).toMatch(/^orders: 4 records \(6 B\) acknowledged in /)
  })

  it('takes keys from a field, and leaves the JSON as it was', async () => {
    const lines = ['{"id":"k1", "n":1}', '{"id":"k2","n":2.0}']
    expect(await produce(testShell({ input: lines.join('\n') }), '--key-field id --compression gzip')).toBe(0)
    const log = await cluster.log('orders')
    expect(log.map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual([
      ['k1', lines[0]],
      ['k2', lines[1]]
    ])
  })

  it('cuts key and value at the tab, adds headers, and writes to the partition that is named', async () => {
    const shell = testShell({ input: 'k\tv\n' })
    const given = ['--brokers', brokers(), '--topic', 'wide', '--format', 'tab', '--partition', '4']
    expect(await shell.run(['produce', ...given, '--headers', 'source=shell', '--headers', 'n=1'])).toBe(0)
    const [record] = await cluster.log('wide', 4)
    expect(record).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('v'), partition: 4 })
    expect(record?.headers.map(pair => pair.join('='))).toEqual(['source=shell', 'n=1'])
  })

  it('is idempotent unless told otherwise', async () => {
    expect(await produce(testShell({ input: 'a\n' }))).toBe(0)
    expect(await produce(testShell({ input: 'b\n' }), '--no-idempotent')).toBe(0)
    const [first, second] = await cluster.log('orders')
    expect(first?.producerId).not.toBe(-1n)
    expect(second?.producerId).toBe(-1n)
  })

  it('does not claim an acknowledgement that it did not ask for', async () => {
    const shell = testShell({ input: 'a\n' })
    expect(await produce(shell, '--acks none')).toBe(0)
    expect(shell.written.err).toContain('none of them acknowledged (acks 0)')
  })

  it('keeps malformed lines with their numbers, and delivers the others', async () => {
    const shell = testShell({ input: '{"id":1}\nnot json\n{"other":1}\n\n{"id":2}\n' })
    expect(await produce(shell, `--key-field id --rejects ${folder}/r.jsonl`)).toBe(1)
    expect(await values()).toEqual(['{"id":1}', '{"id":2}'])
    expect(rejects()).toMatchObject([
      { line: 2, outcome: 'not-persisted', code: 'MALFORMED_LINE', input: 'not json' },
      { line: 3, outcome: 'not-persisted', error: 'has no field "id" to be the key', input: '{"other":1}' }
    ])
    expect(shell.written.err).toContain('line 2: is not JSON')
    expect(shell.written.err).toContain('2 NOT acknowledged: 2 malformed; they are in')
  })

  it('keeps lines that the broker refused, with what it said', async () => {
    cluster.intercept('Produce', () => ({ error: 29 }))
    const shell = testShell({ input: 'a\nb\n' })
    expect(await produce(shell, `--rejects ${folder}/r.jsonl`)).toBe(1)
    expect(rejects()).toMatchObject([
      { line: 1, outcome: 'not-persisted', code: 'KAFKA_BROKER', input: 'a' },
      { line: 2, outcome: 'not-persisted', code: 'KAFKA_BROKER', input: 'b' }
    ])
    expect(shell.written.err).toContain('2 NOT acknowledged: 2 not persisted')
  })

  it('tells what the client says of its options by the names that were typed', async () => {
    cluster.intercept('Produce', () => ({ drop: true }))
    const shell = testShell({ input: 'a\n', clock: hastyClock })
    const given = `--rejects ${folder}/r.jsonl --delivery-timeout 9000 --request-timeout 8000`
    expect(await produce(shell, given)).toBe(1)
    expect(shell.written.err).toMatch(/^line 1: Not delivered within --delivery-timeout \(9000 ms\)/)
    expect(rejects()).toMatchObject([{ error: expect.stringContaining('within --delivery-timeout (9000 ms)') }])
  })

  it('keeps bytes that are not text', async () => {
    cluster.intercept('Produce', () => ({ error: 29 }))
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    expect(await produce(testShell({ input: Readable.from([bytes]) }), `--rejects ${folder}/r.jsonl`)).toBe(1)
    expect(rejects()).toMatchObject([{ inputBase64: bytes.toString('base64') }])
  })

  it('empties an old rejects file even when nothing is rejected', async () => {
    writeFileSync(join(folder, 'r.jsonl'), '{"line":1}\n')
    expect(await produce(testShell({ input: 'a\n' }), `--rejects ${folder}/r.jsonl`)).toBe(0)
    expect(rejects()).toEqual([])
  })

  it('shows ten complaints and counts the rest', async () => {
    const shell = testShell({ input: 'x\n'.repeat(15) })
    expect(await produce(shell, '--format json')).toBe(1)
    expect(shell.written.err.match(/^line /gm)).toHaveLength(10)
    expect(shell.written.err).toContain('… and 5 more')
  })

  it('refuses a line that no request could hold, and goes on', async () => {
    const shell = testShell({ input: `${'x'.repeat(5_000)}\nok\n` })
    expect(await produce(shell, `--max-request-size 2000 --batch-size 1000 --rejects ${folder}/r.jsonl`)).toBe(1)
    expect(await values()).toEqual(['ok'])
    expect(rejects()).toMatchObject([{ line: 1, truncated: true, input: 'x'.repeat(1_024) }])
  })

  it('reads no faster than the cluster takes', async () => {
    let chunks = 0
    const input = new Readable({
      highWaterMark: 10_000,
      read() {
        chunks++
        this.push(chunks > 1_000 ? null : Buffer.from(`${'x'.repeat(9_999)}\n`))
      }
    })
    const paused = new Promise<void>(resolve => input.once('pause', resolve))
    let release: () => void = () => undefined
    const held = new Promise<undefined>(resolve => {
      release = () => resolve(undefined)
    })
    cluster.intercept('Produce', () => held)
    const done = produce(testShell({ input }), '--buffer-memory 1000000')
    await paused
    expect(chunks).toBeLessThan(200)
    release()
    expect(await done).toBe(0)
    expect(await values()).toHaveLength(1_000)
  })

  it('does not keep the input for the sake of the few lines in it that are messages', async () => {
    let chunks = 0
    const input = new Readable({
      read() {
        this.push(++chunks > 1_000 ? null : Buffer.from(`7\n${' '.repeat(65_000)}\n`))
      }
    })
    const paused = once(input, 'pause')
    let release: () => void = () => undefined
    const held = new Promise<undefined>(resolve => {
      release = () => resolve(undefined)
    })
    cluster.intercept('Produce', () => held)
    const done = produce(testShell({ input }), '--format json --buffer-memory 1000000')
    await Promise.race([paused, once(input, 'end')])
    expect(chunks).toBeLessThan(30)
    release()
    expect(await done).toBe(0)
    expect(await values()).toHaveLength(1_000)
  })

  it('does not keep more than so many lines, however short they are', async () => {
    let chunks = 0
    const input = new Readable({
      highWaterMark: 16_384,
      read() {
        this.push(++chunks > 20 ? null : Buffer.from('x\n'.repeat(8_192)))
      }
    })
    const paused = new Promise<void>(resolve => input.once('pause', resolve))
    let release: () => void = () => undefined
    const held = new Promise<undefined>(resolve => {
      release = () => resolve(undefined)
    })
    cluster.intercept('Produce', () => held)
    const done = produce(testShell({ input }))
    await paused
    expect(chunks).toBeLessThanOrEqual(15)
    release()
    expect(await done).toBe(0)
    expect(cluster.offsets('orders', 0).endOffset).toBe(20n * 8_192n)
  })

  it('after an interrupt delivers what it has read, and stops', async () => {
    const input = new PassThrough()
    const shell = testShell({ input })
    cluster.intercept('Produce', () => {
      shell.interrupt()
      input.write('never read\n')
      return undefined
    })
    input.write('a\nb\nhalf a li')
    expect(await produce(shell)).toBe(130)
    expect(await values()).toEqual(['a', 'b'])
    expect(shell.written.err).toContain('interrupted after line 2')
  })

  it('after a second interrupt gives up what is in flight, as unknown', async () => {
    let lateMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + lateMs }
    const shell = testShell({ input: new PassThrough().end('a\n'), clock })
    cluster.intercept('Produce', () => {
      shell.interrupt()
      lateMs += 600
      shell.interrupt()
      return { drop: true }
    })
    expect(await produce(shell, `--rejects ${folder}/r.jsonl`)).toBe(130)
    expect(rejects()).toMatchObject([{ line: 1, outcome: 'unknown', input: 'a' }])
  })

  it('takes for one what npm makes two of: the terminal interrupts everybody, and npm passes it on', async () => {
    const shell = testShell({ input: new PassThrough().end('a\n') })
    cluster.intercept('Produce', () => {
      shell.interrupt()
      shell.interrupt()
      return undefined
    })
    expect(await produce(shell)).toBe(130)
    expect(await values()).toEqual(['a'])
    expect(shell.written.err).toContain('1 records (1 B) acknowledged')
  })

  it('fails when the input cannot be read to its end', async () => {
    const input = new PassThrough()
    const shell = testShell({ input })
    input.write('a\nhalf a li')
    cluster.intercept('Produce', () => {
      input.destroy(new Error('the disk is gone'))
      return undefined
    })
    expect(await produce(shell)).toBe(1)
    expect(shell.written.err).toContain('The input could not be read: the disk is gone')
    expect(await values()).toEqual(['a'])
  })

  it('fails when the input is closed before its end', async () => {
    const input = new PassThrough()
    const shell = testShell({ input })
    input.write('a\nhalf a li')
    cluster.intercept('Produce', () => {
      input.destroy()
      return undefined
    })
    expect(await produce(shell)).toBe(1)
    expect(shell.written.err).toContain('The input could not be read: it was closed before its end')
    expect(await values()).toEqual(['a'])
  })

  it('shows what the input says as text, whatever it does to a terminal', async () => {
    const shell = testShell({ input: '\u001B[2J{\n' })
    expect(await produce(shell, '--format json')).toBe(1)
    expect(shell.written.err).toContain('line 1: is not JSON')
    expect(shell.written.err).not.toContain('\u001B')
  })

  it('draws on a terminal, and ends with all that was sent', async () => {
    const shell = testShell({ input: 'a\nb\n', columns: 100 })
    expect(await produce(shell)).toBe(0)
    expect(shell.written.err).toMatch(/\[={20}\] 100 % {2}2 records {2}2 B .* 0 in flight {2}0 errors\n/)
  })

  it('says nothing when quiet, and one JSON object when asked', async () => {
    const quiet = testShell({ input: 'a\n', columns: 100 })
    expect(await produce(quiet, '--quiet')).toBe(0)
    expect(quiet.written).toEqual({ out: '', err: '' })
    const json = testShell({ input: 'a\n' })
    expect(await produce(json, '--json')).toBe(0)
    expect(JSON.parse(json.written.out)).toMatchObject({ topic: 'orders', acknowledged: 1, bytes: 1, lines: 1 })
  })

  it('counts every line once in its JSON', async () => {
    cluster.intercept('Produce', () => ({ error: 29 }))
    const shell = testShell({ input: '{"id":1}\nnot json\n{"other":1}\n\n{"id":2}\n' })
    expect(await produce(shell, '--key-field id --json')).toBe(1)
    const counts = { lines: 5, blank: 1, acknowledged: 0, malformed: 2, notPersisted: 2, unknown: 0 }
    expect(JSON.parse(shell.written.out)).toMatchObject(counts)
  })

  it.each([
    ['--compression brotli', /none, gzip, lz4, snappy, zstd; not "brotli"/],
    ['--compression lz4 --compression-level 3', /lz4 has no levels/],
    ['--compression gzip --compression-level 12', /--compression gzip: gzip level/],
    ['--idempotent --acks leader', /^--idempotent needs --acks all\n/],
    ['--linger 999999999999', /^--linger must be a number of milliseconds/],
    ['--batch-size 0', /^--batch-size must be/],
    ['--max-request-size 5', /^--max-request-size must be/],
    ['--buffer-memory 5', /^--buffer-memory must be/],
    ['--delivery-timeout 0', /^--delivery-timeout must be/],
    ['--request-timeout 0', /^--request-timeout must be/],
    ['--delivery-timeout 10 --linger 20', /^--delivery-timeout \(10\) must be at least 1 more than --linger \(20\)/],
    ['--brokers kafka://a:1', /^--brokers must be .* not "kafka:\/\/a:1"/],
    ['--sasl-mechanism PLAIN --sasl-username= --sasl-password p', /^--sasl-username is empty/],
    ['--sasl-mechanism PLAIN --sasl-username u --sasl-password=', /^--sasl-password is empty/],
    ['--rejects /nowhere/at/all', /--rejects: ENOENT/],
    ['--tls-ca /nowhere/ca.pem', /--tls-ca: ENOENT/],
    ['--sasl-mechanism NTLM --sasl-password x', /not "NTLM"/],
    ['--sasl-mechanism PLAIN --sasl-password x', /--sasl-username is missing/],
    ['--sasl-mechanism PLAIN --sasl-username u', /--sasl-password-env NAME/],
    ['--sasl-mechanism PLAIN --sasl-username u --sasl-password-env NONE', /no variable NONE/]
  ])('refuses %s before it reads anything', async (given, says) => {
    const shell = testShell({ input: 'a\n' })
    expect(await produce(shell, given)).toBe(2)
    expect(shell.written.err).toMatch(says)
    expect(await values()).toEqual([])
  })

  it('fails at once when there is no cluster', async () => {
    const address = brokers()
    await cluster.stop()
    const shell = testShell({ input: 'a\n' })
    expect(await shell.run(['produce', '--brokers', address, '--topic', 'orders', '--request-timeout', '500'])).toBe(1)
    expect(shell.written.err).toContain(address)
  })
})

describe('sluice produce to a topic that is not there', () => {
  const toNothing = (shell: TestShell, ...more: string[]): Promise<number> =>
    shell.run(['produce', '--brokers', brokers(), '--topic', 'nothing', ...more])

  it('says so before it reads anything', async () => {
    const input = new PassThrough().end('a\n')
    const shell = testShell({ input, clock: hastyClock })
    expect(await toNothing(shell)).toBe(1)
    expect(shell.written.err).toMatch(
      /^\S+: Topic nothing does not exist.* set --autocreate where the brokers allow it/
    )
    expect(input.readableLength).toBe(2)
  })

  it('has it made when told to', async () => {
    await cluster.stop()
    cluster = await TestCluster.start({ autocreateTopics: true })
    expect(await toNothing(testShell({ input: 'a\n' }), '--autocreate')).toBe(0)
    expect(await cluster.log('nothing')).toHaveLength(1)
  })
})

describe('sluice produce with SASL', () => {
  const secure = (): Promise<TestCluster> =>
    TestCluster.start({ topics: { orders: 1 }, sasl: { mechanisms: ['PLAIN'], users: { alice: 'alice-secret' } } })
  const sasl = (of: TestCluster): string[] => [
    'produce',
    '--brokers',
    brokers(of),
    '--topic',
    'orders',
    '--sasl-mechanism',
    'plain',
    '--sasl-username',
    'alice'
  ]

  it('takes the password from a variable or a file', async () => {
    await using secured = await secure()
    writeFileSync(join(folder, 'password'), 'alice-secret\n')
    const byEnv = testShell({ input: 'a\n', env: { PASSWORD: 'alice-secret' } })
    expect(await byEnv.run([...sasl(secured), '--sasl-password-env', 'PASSWORD'])).toBe(0)
    const byFile = testShell({ input: 'b\n' })
    expect(await byFile.run([...sasl(secured), '--sasl-password-file', join(folder, 'password')])).toBe(0)
    expect(await secured.log('orders')).toHaveLength(2)
  })

  it('refuses a file without a password', async () => {
    await using secured = await secure()
    writeFileSync(join(folder, 'password'), '\n')
    const shell = testShell({ input: 'a\n' })
    expect(await shell.run([...sasl(secured), '--sasl-password-file', join(folder, 'password')])).toBe(2)
    expect(shell.written.err).toMatch(/^--sasl-password-file is empty/)
  })

  it('fails when the password is wrong, and does not show it', async () => {
    await using secured = await secure()
    const shell = testShell({ input: 'a\n', env: { PASSWORD: 'a-wrong-one' } })
    expect(await shell.run([...sasl(secured), '--sasl-password-env', 'PASSWORD'])).toBe(1)
    expect(shell.written.err).not.toContain('a-wrong-one')
    expect(shell.written.err).toContain('check the username and password given to --sasl-…')
  })
})
