import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { TestCluster } from '@sluice/testing'
import { cacheDirectory, codecs, linesFor, linesIn, run, sorted, whyMissing } from './tools.ts'

const missing = whyMissing('go', 'version', 'https://go.dev/dl/')
const program = join(cacheDirectory, 'franz-go', 'client')

function franz(args: readonly string[], input = ''): Promise<string> {
  return run(program, args, { input })
}

describe.skipIf(missing !== undefined)(`franz-go against the cluster ${missing ?? ''}`, () => {
  beforeAll(async () => {
    await run('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'franz-go') })
  }, 300_000)

  test('produces with every codec and consumes all of it', async () => {
    await using cluster = await TestCluster.start({ brokers: 3, topics: { orders: 6 } })
    const brokers = cluster.addresses.join(',')
    const sent: string[] = []
    for (const codec of codecs) {
      const lines = linesFor(codec, 200)
      sent.push(...lines)
      await franz(['produce', brokers, 'orders', codec], lines.join('\n'))
    }

    const received = await franz(['consume', brokers, 'orders', '-', `${sent.length}`])
    expect(sorted(linesIn(received))).toEqual(sorted(sent))
  })

  test('consumes through a group, which goes on where it was', async () => {
    await using cluster = await TestCluster.start({ brokers: 2, topics: { orders: 4 } })
    const brokers = cluster.addresses.join(',')
    for (const round of ['first', 'second']) {
      await franz(['produce', brokers, 'orders', 'snappy'], linesFor(round, 50).join('\n'))
      const received = await franz(['consume', brokers, 'orders', 'readers', '50'])
      expect(sorted(linesIn(received))).toEqual(sorted(linesFor(round, 50)))
    }
  })

  test('goes on when its leader moves and when a broker dies', async () => {
    await using cluster = await TestCluster.start({ brokers: 3, topics: { orders: 1 } })
    let requests = 0
    cluster.intercept('Produce', async () => {
      requests++
      if (requests === 1) cluster.moveLeader('orders', 0, 2)
      if (requests === 2) await cluster.kill(2)
      return undefined
    })
    const lines = linesFor('steady', 500)
    await franz(['produce', cluster.addresses.join(','), 'orders', 'lz4'], lines.join('\n'))

    const received = await franz(['consume', cluster.addresses.join(','), 'orders', '-', '500'])
    expect(requests).toBeGreaterThan(2)
    expect(linesIn(received)).toEqual(lines)
  })
})
