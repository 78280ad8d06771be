import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mergeRuns, readRun, writeRun, type Run } from '../src/run-file.ts'
import { outcome, result } from './results.ts'
import { exampleRun } from './runs.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'))
afterAll(() => rmSync(folder, { recursive: true }))

const names = ({ results }: Run): string[] => results.map(({ cell }) => cell.name)

describe('a run as a file', () => {
  it('is the same when it is read again', () => {
    const path = join(folder, 'run.json')
    const cell = result('seq100/100B/none', { ours: [outcome(4000, 400, 1, 4), null], kafkajs: [null, null] })
    const run = exampleRun([cell], { absent: [{ name: 'java', reason: 'no JDK' }] })
    writeRun(path, run)
    expect(readRun(path)).toEqual(run)
  })

  it('is refused when it is something else', () => {
    const path = join(folder, 'other.json')
    writeFileSync(path, '{"cells": 3}')
    expect(() => readRun(path)).toThrow(/holds no run/)
  })
})

describe('a run in pieces', () => {
  const old = result('seq100/100B/none', { ours: [outcome(1, 1, 1, 1)] })
  const again = result('seq100/100B/none', { ours: [outcome(2, 1, 1, 1)] })
  const first = result('seq1/100B/none', { ours: [outcome(3, 1, 1, 1)] })

  it('has the cells of all pieces in their usual order, and of a cell what was measured last', () => {
    const both = mergeRuns(exampleRun([result('tls', {}), old]), exampleRun([again, first]))
    expect(names(both)).toEqual(['seq1/100B/none', 'seq100/100B/none', 'tls'])
    expect(both.results[1]).toBe(again)
  })

  it('tells of what was left out or absent as long as it is', () => {
    const was = exampleRun([], {
      absent: [
        { name: 'ours', reason: 'not built' },
        { name: 'java', reason: 'no JDK' }
      ],
      skipped: [
        { cell: 'seq1/100B/none', reason: 'no time was left' },
        { cell: 'tls', reason: 'no TLS' }
      ]
    })
    const both = mergeRuns(was, exampleRun([first], { absent: [{ name: 'java', reason: 'no jars' }] }))
    expect(both.absent).toEqual([{ name: 'java', reason: 'no jars' }])
    expect(both.skipped).toEqual([{ cell: 'tls', reason: 'no TLS' }])
  })

  it('is of one stage and one machine', () => {
    const run = exampleRun([])
    expect(() => mergeRuns(run, { ...run, stage: 'Kafka' })).toThrow(/was on the null broker, this is on Kafka/)
    const other = { ...run, machine: { ...run.machine, clientsNode: 'v22.1.0' } }
    expect(() => mergeRuns(run, other)).toThrow(/another clientsNode: v24.1.0, now v22.1.0/)
  })
})
