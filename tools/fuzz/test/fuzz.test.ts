// A short run over everything, and the fuzzer's own eyes: each kind of fault is seen.
import { CorruptFrameError } from '@sluice/core'
import { misfits } from '@sluice/plants'
import { describe, expect, it } from 'vitest'
import { Campaign, type Count } from '../src/campaign.ts'
import type { Report } from '../src/finding.ts'
import { plants } from '../src/plants.ts'
import type { Probe } from '../src/probe.ts'
import { nameOf, type Target } from '../src/target.ts'
import { targets } from '../src/targets/index.ts'

async function fuzz(chosen: readonly Target[], executions: number, stopAtFirst = false): Promise<[Report[], Count[]]> {
  const reports: Report[] = []
  const onFinding = (report: Report): number => reports.push(report)
  const counts = await new Campaign(chosen, { seed: 1, seconds: 60, executions, stopAtFirst, onFinding }).run()
  return [reports, counts]
}

/** A decoder with a fault: four bytes are a length, and that many follow. */
function target(decode: (bytes: Buffer) => unknown): Target {
  const run = (input: Uint8Array, probe: Probe): string =>
    probe.attempt(['KAFKA_CORRUPT_FRAME'], () => {
      const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
      if (bytes.length < 4) throw new CorruptFrameError('too short')
      decode(bytes)
    }).error?.message ?? 'fine'
  const seeds = (): Buffer[] => [Buffer.of(0, 0, 0, 2, 7, 8)]
  const spans = (): { start: number; end: number; kind: 'fixed' }[] => [{ start: 0, end: 4, kind: 'fixed' }]
  return { group: 'made', variant: 'up', mostMs: 5000, seeds, spans, mostBytes: input => 2 * input.length + 64, run }
}

async function kindOf(decode: (bytes: Buffer) => unknown): Promise<[string | undefined, number]> {
  const [[report]] = await fuzz([target(decode)], 1000, true)
  return [report?.kind, (report?.hex.length ?? 0) / 2]
}

describe('everything that reads bytes from a broker', () => {
  const quick = targets.filter(({ group }) => group !== 'connection' && group !== 'sasl')
  const slow = targets.filter(({ group }) => group === 'connection' || group === 'sasl')

  it('withstands a short run, in every version', { timeout: 60_000 }, async () => {
    const [reports, counts] = await fuzz(quick, 20)
    expect(reports).toEqual([])
    expect(counts.map(({ executions }) => executions)).toEqual(counts.map(() => 20))
  })

  it('withstands hostile servers', { timeout: 60_000 }, async () => {
    const [reports] = await fuzz(slow, 12)
    expect(reports).toEqual([])
  })

  it('has a target for each version of each API', () => {
    const names = targets.map(nameOf)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter(name => name.startsWith('response Produce '))).toHaveLength(7)
    expect(names.filter(name => name.startsWith('response '))).toHaveLength(56)
  })

  it('can be spoilt by each planted fault', async () => {
    expect(await misfits(plants)).toEqual([])
  })

  it('is fuzzed with the same inputs again under the same seed', async () => {
    const inputs = async (): Promise<string[]> => {
      const seen: string[] = []
      const run = (input: Uint8Array): string => String(seen.push(Buffer.from(input).toString('hex')))
      await fuzz([{ ...target(() => undefined), run }], 200)
      return seen
    }
    expect(await inputs()).toEqual(await inputs())
  })
})

describe('the fuzzer sees', { timeout: 30_000 }, () => {
  it('nothing where nothing is wrong', async () => {
    const careful = (bytes: Buffer): void => {
      if (bytes.readInt32BE(0) > bytes.length - 4) throw new CorruptFrameError('too long')
    }
    expect(await kindOf(careful)).toEqual([undefined, 0])
  })

  it('an error that has no type, and makes its input short', async () => {
    expect(await kindOf(bytes => bytes.readInt8(3 + bytes.readInt32BE(0)))).toEqual(['untyped', 4])
  })

  it('a length that is believed', async () => {
    expect(await kindOf(bytes => Buffer.alloc(Math.max(0, bytes.readInt32BE(0))))).toEqual(['memory', 4])
    expect(await kindOf(bytes => Array.from({ length: Math.max(0, bytes.readInt32BE(0)) }))).toEqual(['memory', 4])
    expect(await kindOf(bytes => new Uint8Array(Math.max(0, bytes.readInt32BE(0))))).toEqual(['memory', 4])
  })

  it('an absurd demand that was made and caught', async () => {
    const swallowing = (bytes: Buffer): void => {
      try {
        Buffer.alloc(bytes.readUInt32BE(0))
      } catch {
        throw new CorruptFrameError('too large')
      }
    }
    expect((await kindOf(swallowing))[0]).toBe('memory')
  })

  it('a decoder that writes to its input', async () => {
    expect((await kindOf(bytes => bytes.fill(0)))[0]).toBe('input changed')
  })

  it('a property that was left on a prototype', async () => {
    const polluting = (bytes: Buffer): void => {
      if (bytes.length > 8) Object.assign(Object.prototype, { polluted: true })
    }
    try {
      expect((await kindOf(polluting))[0]).toBe('pollution')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted')
    }
  })
})
