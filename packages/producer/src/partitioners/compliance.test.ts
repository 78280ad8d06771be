// Every partitioner of the package passes the compliance suite of partitioners.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { partitionerCompliance, seededRandom, type PartitionerSetup } from '@sluice/testing'
import { describe, it } from 'vitest'
import { compatible } from './compatible.ts'
import { defaultPartitioner } from './default.ts'
import { crc32Random, murmur2Random } from './hashed.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

const random = seededRandom(1)

describe.each<[name: string, setup: PartitionerSetup]>([
  ['defaultPartitioner()', { create: () => defaultPartitioner({ random }), keys: 'java', prefersAvailable: true }],
  ['sticky()', { create: () => sticky({ random }), prefersAvailable: true }],
  ['roundRobin()', { create: () => roundRobin({ random }), prefersAvailable: true }],
  ['murmur2Random()', { create: () => murmur2Random({ random }), keys: 'java', prefersAvailable: true }],
  ['crc32Random()', { create: () => crc32Random({ random }), keys: 'stable', prefersAvailable: true }],
  ['platformatic', { create: () => compatible('platformatic'), keys: 'stable' }],
  ['kafkajs-legacy', { create: () => compatible('kafkajs-legacy', { random }), keys: 'stable', prefersAvailable: true }]
])('%s', (_name, setup) => {
  for (const { name, run } of partitionerCompliance) it(name, () => run(setup))
})
