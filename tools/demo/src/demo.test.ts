import { cli } from '@sluice/cli'
import { systemClock } from '@sluice/core'
import { TestCluster } from '@sluice/testing'
import { createReadStream } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { demo } from './demo.ts'
import { readFlights } from './flights.ts'
import { sender } from './send.ts'
import type { Stage } from './stages.ts'

const flights = readFlights().slice(0, 5_000)

/** The command in this process. */
const send = sender(async (argv, file) => {
  let out = ''
  const exitStatus = await cli(argv, {
    input: createReadStream(file),
    inputBytes: null,
    out: text => {
      out += text
    },
    err: () => undefined,
    terminalColumns: () => null,
    env: {},
    onInterrupt: () => () => undefined,
    clock: systemClock
  })
  return { exitStatus, out }
})

describe('the demo', () => {
  let cluster: TestCluster
  let stage: Stage
  let said: string
  const say = (line: string): void => {
    said += `${line}\n`
  }

  beforeEach(async () => {
    cluster = await TestCluster.start({ brokers: 3, topics: { flights: 6 } })
    const brokers = cluster.clientOptions().bootstrapBrokers.map(({ host, port }) => `${host}:${port}`)
    stage = { brokers, topic: 'flights', alsoVerify: async () => [], stop: () => cluster.stop() }
    said = ''
  })
  afterEach(() => cluster.stop())

  it('finds everything as it was sent', { timeout: 30_000 }, async () => {
    expect(await demo(stage, flights, send, say)).toBe(true)
    expect(said).toContain('5,000 records acknowledged')
    expect(said).toMatch(/same {2}count .*5,000 records of 5,000/)
    expect(said).toMatch(/same {2}checksum {2}SHA-256 [0-9a-f]{64}/)
  })

  it('looks only at what it sent itself', { timeout: 30_000 }, async () => {
    expect(await demo(stage, flights, send, say)).toBe(true)
    expect(await demo(stage, flights, send, say)).toBe(true)
  })

  it('finds out when a broker loses what it has acknowledged', { timeout: 30_000 }, async () => {
    const lossy: typeof send = async (...given) => {
      const result = await send(...given)
      cluster.truncate('flights', 3, cluster.offsets('flights', 3).endOffset - 1n)
      return result
    }
    expect(await demo(stage, flights, lossy, say)).toBe(false)
    expect(said).toMatch(/DIFFERENT {2}count .*of 5,000/)
  })

  it('fails when a record was not acknowledged', { timeout: 30_000 }, async () => {
    let refused = false
    cluster.intercept('Produce', () => {
      if (refused) return undefined
      refused = true
      return { error: 29 }
    })
    expect(await demo(stage, flights, send, say)).toBe(false)
    expect(said).toContain('sluice ended with status 1')
  })

  it('fails when the other reader sees something else', { timeout: 30_000 }, async () => {
    const doubtful: Stage = { ...stage, alsoVerify: async () => [{ what: 'other', holds: false, detail: 'less' }] }
    expect(await demo(doubtful, flights, send, say)).toBe(false)
  })
})
