import { afterEach, describe, expect, it } from 'vitest'
import { killClients } from '../src/client-process.ts'
import type { Outcome } from '../src/outcome.ts'
import { runRound, type Reached } from '../src/round.ts'
import { fakeClient, fakeOptions, measured } from './fake-client.ts'

afterEach(killClients)

interface Shown {
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly failures: readonly string[]
  readonly reached: readonly Reached[]
}

async function round(programs: Readonly<Record<string, string>>, latencyMs = 0): Promise<Shown> {
  const failures: string[] = []
  const reached: Reached[] = []
  const entrants = Object.entries(programs).map(([name, program]) => ({
    name,
    options: fakeOptions(program, latencyMs)
  }))
  const outcomes = await runRound(entrants, {
    measureMs: 10,
    rate: found => {
      reached.push(...found)
      return 7
    },
    failed: (name, error) => failures.push(`${name}: ${String(error)}`)
  })
  return { outcomes, failures, reached }
}

/** At each turn it says in `cpuUs` whether its timer has run since the last one, then works for twenty milliseconds. */
const restless = fakeClient(`
  globalThis.timer ??= setInterval(() => globalThis.ticks++, 1)
  const hasRun = (globalThis.ticks ?? 0) > 10
  for (const end = performance.now() + 20; performance.now() < end;);
  globalThis.ticks = 0
  tell({ ...${JSON.stringify(measured)}, cpuUs: hasRun ? 1 : 0 })
`)

describe('a round', () => {
  it('adds up the turns of each client', async () => {
    const { outcomes } = await round({ one: fakeClient(), other: fakeClient() })
    const { measured: all, counted, brokerCores } = outcomes.get('other')!
    expect(all).toMatchObject({ messages: 100, seconds: 20, cpuUs: 50, peakKb: 1 })
    expect({ counted, brokerCores }).toEqual({
      counted: { requests: 10, batches: 10, records: 100 },
      brokerCores: 0.25
    })
  })

  // Without that the timer of each would run for the twenty milliseconds that the other works, nine times.
  it('lets nobody run but the one whose turn it is', async () => {
    const { outcomes } = await round({ one: restless, other: restless })
    expect(outcomes.get('one')!.measured.cpuUs).toBeLessThan(5)
  })

  it('goes on without a client that fails, and says why', async () => {
    const failing = fakeClient(`throw new Error('no more')`)
    const { outcomes, failures, reached } = await round({ failing, one: fakeClient() })
    expect([...outcomes.keys()]).toEqual(['one'])
    expect(failures).toEqual([expect.stringMatching(/^failing: Error: ours ended with 1: Error: no more/)])
    expect(reached).toEqual([{ name: 'one', perSecond: 5 }])
  })

  it('leaves no client behind, whether it failed or not', async () => {
    const failing = fakeClient(`throw new Error('no more')`)
    const before = process.getActiveResourcesInfo().filter(name => name === 'ProcessWrap').length
    await round({ failing, one: fakeClient() })
    expect(process.getActiveResourcesInfo().filter(name => name === 'ProcessWrap')).toHaveLength(before)
  })

  it('takes latencies at one rate, chosen when it is known what all have reached', async () => {
    const { outcomes, reached } = await round({ one: fakeClient(), other: fakeClient() }, 5)
    expect(reached.map(({ name }) => name)).toEqual(['one', 'other'])
    expect([...outcomes.values()].map(({ latency }) => latency?.rate)).toEqual([7, 7])
  })
})
