// The thread that fuzzes: it can be stopped from outside when an input does not end.
import { parentPort, workerData } from 'node:worker_threads'
import { plantIn } from '@sluice/plants'
import { Blackboard } from './blackboard.ts'
import type { Assignment, Message } from './thread.ts'

// Errors are made by the thousand here, and nobody reads where they came from.
Error.stackTraceLimit = 0

// What the main thread gave.
const { memory, plant, groups, seed, seconds, stopAtFirst } = workerData as Assignment
const say = (message: Message): void => parentPort!.postMessage(message)

if (plant !== null) plantIn([plant])
// Only now, so that what was planted is loaded.
const { Campaign } = await import('./campaign.ts')
const { targets } = await import('./targets/index.ts')
const { nameOf } = await import('./target.ts')

const chosen = targets.filter(target => groups.length === 0 || groups.some(group => nameOf(target).startsWith(group)))
const campaign = new Campaign(chosen, {
  seed,
  seconds,
  stopAtFirst,
  blackboard: new Blackboard(memory),
  onFinding: report => say({ kind: 'finding', report })
})
const progress = setInterval(() => say({ kind: 'counts', counts: campaign.counts, done: false }), 1000)
say({ kind: 'counts', counts: await campaign.run(), done: true })
clearInterval(progress)
