// What a run may do to the cluster: everything at once for a while, or all brokers dead for a while.
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@sluice/testing'
import type { Mistreatment } from './chaos.ts'
import { disturbNetwork } from './network-faults.ts'
import { disturbNodes, heal } from './node-faults.ts'

const calmMs = 5_000

export function faults(minutes: number, seed: number): Mistreatment {
  return async ({ kafka, topics, wings }, tally, say) => {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), minutes * 60_000)
    const { signal } = over
    try {
      await Promise.all([
        disturbNodes({ kafka, topics, random: seededRandom(seed), tally, signal, say }),
        ...wings.map((wing, index) => disturbNetwork(wing, seededRandom(seed + 1 + index), signal))
      ])
    } finally {
      clearTimeout(timer)
      over.abort()
    }
  }
}

export function outage(seconds: number): Mistreatment {
  return async ({ kafka }, tally, say) => {
    await sleep(calmMs)
    say('All brokers are killed')
    await Promise.all(kafka.brokers.map(({ id }) => kafka.kill(id)))
    tally.add('kill', kafka.brokers.length)
    await sleep(seconds * 1_000)
    say('All brokers are started again')
    await heal(kafka)
    await sleep(calmMs)
  }
}
