import { TestCluster } from '@sluice/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hastyClock, testShell } from './shell.fixture.ts'

describe('sluice', () => {
  it.each([[[]], [['--help']], [['produce', '--help']], [['help', 'metadata']]])(
    'answers %j on standard output',
    async argv => {
      const shell = testShell()
      expect(await shell.run(argv)).toBe(0)
      expect(shell.written.out).toContain('sluice')
      expect(shell.written.err).toBe('')
    }
  )

  it('has a help page that names every option', async () => {
    const shell = testShell()
    await shell.run(['produce', '--help'])
    for (const option of [
      '--brokers',
      '--buffer-memory',
      '--no-idempotent',
      '--tls-key',
      '--sasl-password-file',
      '--json',
      "sed 's/\\r$//'"
    ]) {
      expect(shell.written.out).toContain(option)
    }
  })

  it('tells its version', async () => {
    const shell = testShell()
    expect(await shell.run(['--version'])).toBe(0)
    expect(shell.written.out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('refuses what it does not know, with status 2', async () => {
    const shell = testShell()
    expect(await shell.run(['consume'])).toBe(2)
    expect(shell.written.err).toContain('no command "consume"')
  })
})

describe('sluice metadata', () => {
  let cluster: TestCluster
  let address: string
  beforeEach(async () => {
    cluster = await TestCluster.start({ brokers: 3, topics: { orders: 2, audit: 1 } })
    address = cluster
      .clientOptions()
      .bootstrapBrokers.map(({ host, port }) => `${host}:${port}`)
      .join(',')
  })
  afterEach(() => cluster.stop())

  it('prints brokers, topics and leaders', async () => {
    const shell = testShell()
    expect(await shell.run(['metadata', '--brokers', address])).toBe(0)
    const { leaderId } = cluster.leadership('orders', 1)
    expect(shell.written.out).toContain('3 brokers')
    expect(shell.written.out).toMatch(/audit {2}1 partition[^]*orders {2}2 partitions/)
    expect(shell.written.out).toContain(`    1  leader ${leaderId}  replicas`)
  })

  it('prints the topics that are named, as JSON', async () => {
    const shell = testShell()
    expect(await shell.run(['metadata', '--brokers', address, '--topic', 'orders', '--json'])).toBe(0)
    expect(JSON.parse(shell.written.out)).toMatchObject({
      brokers: [{ nodeId: 1, host: '127.0.0.1' }, { nodeId: 2 }, { nodeId: 3 }],
      topics: [{ name: 'orders', partitions: [{ index: 0 }, { index: 1 }] }]
    })
  })

  it('fails for a topic that is not there', async () => {
    const shell = testShell({ clock: hastyClock })
    expect(await shell.run(['metadata', '--brokers', address, '--topic', 'nothing'])).toBe(1)
    expect(shell.written.err).toContain('nothing')
    expect(shell.written.err).not.toMatch(/autocreate/i)
  })
})
