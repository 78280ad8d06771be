// What is known of each release.
import { describe, expect, test } from 'vitest'

import { UsageError } from './failures.ts'
import { defaultVersion, needsZooKeeper, releaseOf, zooKeeperReleaseOf } from './versions.ts'

describe('releases', () => {
  test('log by log4j 2 from Kafka 4, by reload4j before', () => {
    expect(releaseOf(defaultVersion).logging.artifact).toContain('log4j-slf4j-impl')
    expect(releaseOf('4.0.1').logging.artifact).toContain('log4j-slf4j-impl')
    expect(releaseOf('3.9.2').logging.artifact).toContain('slf4j-reload4j')
  })

  test('know SCRAM in KRaft from 3.5', () => {
    expect(releaseOf('3.4.1').scram).toBe(false)
    expect(releaseOf('3.5.2').scram).toBe(true)
    expect(releaseOf('3.10.0').scram).toBe(true)
    expect(releaseOf('4.0.1').scram).toBe(true)
  })

  test('need Java 17 from Kafka 4', () => {
    expect(releaseOf('3.9.2').java).toBe(11)
    expect(releaseOf('4.0.1').java).toBe(17)
  })

  test('before 3.0 need ZooKeeper, and are started from 2.1 on', () => {
    expect([needsZooKeeper('2.8.2'), needsZooKeeper('3.3.2')]).toEqual([true, false])
    expect(zooKeeperReleaseOf('2.1.1')).toMatchObject({ java: 8, scram: true })
    expect(() => zooKeeperReleaseOf('2.0.1')).toThrow(UsageError)
  })

  test.each(['', 'latest', '4.3', '4.3.1-SNAPSHOT', '../../x', '2.8.2', '3.2.3'])('refuse "%s"', version => {
    expect(() => releaseOf(version)).toThrow(UsageError)
  })
})
