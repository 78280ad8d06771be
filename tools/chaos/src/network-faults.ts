// Cuts, stalls and slows down connections between the producers and the brokers, one seeded fault after another.
import type { Random } from '@sluice/core'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerProxy, Link } from './broker-proxy.ts'
import { between, oneOf, shuffled } from './chance.ts'
import type { Tally } from './tally.ts'

type Fault = (links: readonly Link[], random: Random, signal: AbortSignal) => Promise<void>

/** Each hits some connections of one broker. Those that end connections count as cuts. */
const faults: Readonly<Record<string, Fault>> = {
  'cut: reset': async links => links.forEach(link => link.reset()),
  'cut: half-closed to the client': async links => links.forEach(link => link.halfClose('client')),
  'cut: half-closed to the broker': async links => links.forEach(link => link.halfClose('broker')),
  'cut: within a request': async (links, random) =>
    links.forEach(link => link.toBroker.cutAfter(between(random, 1, 4_000))),
  'cut: within an answer': async (links, random) =>
    links.forEach(link => link.toClient.cutAfter(between(random, 1, 200))),
  'cut: answers swallowed first': async (links, random, signal) => {
    links.forEach(link => link.toClient.drop())
    await pause(between(random, 50, 2_000), signal)
    links.forEach(link => link.reset())
  },
  'cut: black hole first': async (links, random, signal) => {
    for (const link of links) {
      link.toBroker.drop()
      link.toClient.drop()
    }
    await pause(between(random, 100, 4_000), signal)
    links.forEach(link => link.reset())
  },
  // Nobody cuts: the client has to notice by itself that nothing is answered.
  'cut: black hole for good': async links => {
    for (const link of links) {
      link.toBroker.drop()
      link.toClient.drop()
    }
  },
  'stall: both ways': async (links, random, signal) => {
    for (const link of links) {
      link.toBroker.hold()
      link.toClient.hold()
    }
    await pause(between(random, 100, 3_000), signal)
    for (const link of links) {
      link.toBroker.release()
      link.toClient.release()
    }
  },
  'delay: both ways': async (links, random, signal) => {
    const ms = between(random, 5, 250)
    for (const link of links) {
      link.toBroker.delay(ms)
      link.toClient.delay(ms)
    }
    await pause(between(random, 500, 4_000), signal)
    for (const link of links) {
      link.toBroker.delay(0)
      link.toClient.delay(0)
    }
  }
}

/** Milliseconds from one fault to the next, on average. */
const everyMs = 4_000

/** Goes on until the signal. */
export async function disturbNetwork(
  { proxies, tally }: { readonly proxies: readonly BrokerProxy[]; readonly tally: Tally },
  random: Random,
  signal: AbortSignal
): Promise<void> {
  let bag: string[] = []
  const running = new Set<Promise<void>>()
  while (!signal.aborted) {
    await pause(between(random, everyMs / 2, everyMs * 1.5), signal)
    if (bag.length === 0) bag = shuffled(random, [...Object.keys(faults), 'refusal'])
    const name = bag.pop()!
    const proxy = oneOf(random, proxies)
    const done = name === 'refusal' ? refuse(proxy, random, tally, signal) : hit(name, proxy, random, tally, signal)
    const tracked = done.finally(() => running.delete(tracked))
    running.add(tracked)
  }
  await Promise.all(running)
}

/** One connection, or all of the broker's. */
async function hit(name: string, proxy: BrokerProxy, random: Random, tally: Tally, signal: AbortSignal): Promise<void> {
  const { links } = proxy
  const all = random() < 0.4
  const pick = random()
  if (links.length === 0) return
  const chosen = all ? links : [links[Math.floor(pick * links.length)]!]
  tally.add(name, chosen.length)
  if (name.startsWith('cut')) for (const link of chosen) link.doomed = true
  await faults[name]!(chosen, random, signal)
}

async function refuse(proxy: BrokerProxy, random: Random, tally: Tally, signal: AbortSignal): Promise<void> {
  tally.add('refusal of new connections')
  proxy.refuse(true)
  const { links } = proxy
  tally.add('cut: reset', links.length)
  for (const link of links) {
    link.doomed = true
    link.reset()
  }
  await pause(between(random, 100, 2_500), signal)
  proxy.refuse(false)
}

/** Ends early with the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
