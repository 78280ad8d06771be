import { describe, expect, it } from 'vitest'
import type { Outcome } from '../src/outcome.ts'
import { runClient } from '../src/run-client.ts'
import { fakeClient, fakeOptions, measured } from './fake-client.ts'

function run(latencyMs: number, release: readonly string[], program: string = fakeClient()): Promise<Outcome> {
  return runClient(fakeOptions(program, latencyMs, release), 1)
}

describe('a client that is run', () => {
  it('has what reached the broker, and what the broker needed for it, between the two ends of its measuring', async () => {
    const { counted, brokerCores } = await run(0, [])
    expect(counted).toEqual({ requests: 1, batches: 1, records: 10 })
    expect(brokerCores).toBe(0.25)
  })

  it('goes on to its latencies when it is told to, even if it cannot be released from its core', async () => {
    expect((await run(5, ['false'])).latency).toMatchObject({ calls: 1 })
  })

  // Story: a client has measured and ends, its parent asks for its release, and finds nobody: a good run was thrown away.
  it('is not released when it takes no latencies', async () => {
    expect(await run(0, ['false'])).toMatchObject({ measured: { messages: 10 }, latency: null })
  })

  // Story: librdkafka had been built without zstd and said so, above a stack of ten frames; the frames were shown.
  it('says why it cannot go on, however deep in the code it noticed', async () => {
    const failing = `
      const deep = left => { if (left === 0) throw new Error('libzstd not available at build time'); deep(left - 1) }
      deep(9)
    `
    await expect(run(0, [], failing)).rejects.toThrow(
      /^ours ended with 1: Error: libzstd not available at build time$/m
    )
  })

  it('has no figures when fewer messages arrived than it says it sent', async () => {
    const boasting = fakeClient(`tell(${JSON.stringify({ ...measured, messages: 1_000_000 })})`)
    await expect(run(0, [], boasting)).rejects.toThrow(/^ours said that 1000000 messages were sent, but \d+ arrived/)
  })

  it('has no figures when it says something else than what it was asked', async () => {
    const confused = fakeClient(`tell({ event: 'finished', version: '1' })`)
    await expect(run(0, [], confused)).rejects.toThrow(/^ours said finished, not measured/)
  })

  it('cannot be started where there is no such program', async () => {
    const options = { ...fakeOptions(''), command: ['./no-such-program'] }
    await expect(runClient(options, 1)).rejects.toThrow('ENOENT')
  })
})
