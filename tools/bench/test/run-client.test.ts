import { describe, expect, it } from 'vitest'
import type { Task } from '../src/client-contract.ts'
import type { Target } from '../src/null-broker.ts'
import { runClient, type Outcome } from '../src/run-client.ts'

// A client that says what it is told to say; before its latencies it waits as one does.
const program = `
const tell = event => console.log(JSON.stringify(event))
tell({ event: 'warm' })
tell({ event: 'measured', messages: 10, seconds: 2, cpuUs: 5, peakKb: 1, allocatedBytes: null })
const finish = () => tell({ event: 'finished', messages: 10, version: '1' })
if (JSON.parse(process.argv[1]).latencyMs === 0) finish()
else process.stdin.once('data', () => {
  tell({ event: 'latency', calls: 1, rate: 1, percentiles: null })
  finish()
  process.exit(0)
})
`

function run(latencyMs: number, release: readonly string[], text: string = program): Promise<Outcome> {
  let asked = 0
  const target: Target = {
    brokers: [],
    topic: 'bench',
    counts: () => Promise.resolve({ requests: asked, batches: asked, records: 10 * asked }),
    cpuSeconds: () => 0.5 * ++asked,
    stop: () => Promise.resolve()
  }
  // What the program reads of it.
  const task = { client: 'ours', latencyMs } as Partial<Task> as Task
  return runClient({ command: [process.execPath, '-e', text], flat: false, task, target, limitMs: 20_000, release })
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
    expect((await run(0, ['false'])).measured.messages).toBe(10)
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
})
