import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { TestCluster } from '@sluice/testing'
import { cacheDirectory, codecs, linesFor, linesIn, run, sorted, whyMissing } from './tools.ts'

const missing =
  whyMissing('java', '-version', 'apt-get install openjdk-17-jdk-headless') ??
  whyMissing('mvn', '-version', 'apt-get install maven')
const libraries = join(cacheDirectory, 'java-client', '4.3.1')
const sources = join(import.meta.dirname, 'java')
const classes = join(libraries, 'classes')

function java(args: readonly string[], input = ''): Promise<string> {
  return run('java', ['-XX:TieredStopAtLevel=1', '-cp', `${libraries}/*:${classes}`, 'Client', ...args], { input })
}

describe.skipIf(missing !== undefined)(`the Java client against the cluster ${missing ?? ''}`, () => {
  beforeAll(async () => {
    if (!existsSync(join(libraries, 'kafka-clients-4.3.1.jar'))) {
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${libraries}`]
      await run('mvn', ['-q', '-B', '-f', join(sources, 'pom.xml'), ...goal])
    }
    await run('javac', ['-cp', `${libraries}/*`, '-d', classes, join(sources, 'Client.java')])
  }, 300_000)

  test('produces with every codec and consumes all of it through a group', async () => {
    await using cluster = await TestCluster.start({ brokers: 3, topics: { orders: 6 } })
    const brokers = cluster.addresses.join(',')
    const lines = linesFor('java', 200)
    await java(['produce', brokers, 'orders', codecs.join(',')], lines.join('\n'))
    const sent = codecs.flatMap(codec => lines.map(line => `${codec} ${line}`))

    const received = await java(['consume', brokers, 'orders', 'readers', `${sent.length}`])
    expect(sorted(linesIn(received))).toEqual(sorted(sent))

    await java(['produce', brokers, 'orders', 'zstd'], 'one more')
    const more = await java(['consume', brokers, 'orders', 'readers', '1'])
    expect(linesIn(more)).toEqual(['zstd one more'])
  })

  test('goes on when its leader moves and when a broker dies', async () => {
    await using cluster = await TestCluster.start({ brokers: 3, topics: { orders: 1 } })
    let requests = 0
    cluster.intercept('Produce', async () => {
      requests++
      if (requests === 3) cluster.moveLeader('orders', 0, 2)
      if (requests === 6) await cluster.kill(2)
      return undefined
    })
    const lines = linesFor('steady', 2000)
    await java(['produce', cluster.addresses.join(','), 'orders', 'none'], lines.join('\n'))

    expect(requests).toBeGreaterThan(6)
    expect((await cluster.log('orders')).map(record => record.value?.toString())).toEqual(
      lines.map(line => `none ${line}`)
    )
  })
})
