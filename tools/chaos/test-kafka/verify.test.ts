// Logs on a real broker that were tampered with, read by Kafka's own consumer: the verifier can fail.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { readBooks } from '../src/books.ts'
import { LaneMap } from '../src/lanes.ts'
import { Ledger, outcomes } from '../src/ledger.ts'
import { writeStamp } from '../src/stamp.ts'
import { verify, type Findings } from '../src/verify.ts'

const run = 9
const records = 100

let kafka: KafkaCluster
const directory = mkdtempSync(join(tmpdir(), 'sluice-verify-'))

beforeAll(async () => {
  kafka = await startKafka()
})

afterAll(async () => {
  await kafka.stop()
  rmSync(directory, { recursive: true })
})

/** @param log what Kafka's own producer writes. All are said to be acknowledged, but for the one that is not persisted */
async function judge(topic: string, log: readonly number[], notPersisted = -1): Promise<Findings> {
  const lanes = new LaneMap([{ name: topic, partitions: 1 }], 1)
  await kafka.createTopic(topic)
  await kafka.produce(
    topic,
    log.map(n => ({ partition: 0, value: writeStamp({ run, producer: 0, topic: 0, partition: 0, n }) }))
  )
  const path = join(directory, topic)
  const ledger = new Ledger(path, 1)
  for (let i = 0; i < records; i++) {
    const n = ledger.accept(0)
    ledger.settle(0, n, n === notPersisted ? outcomes.notPersisted : outcomes.acked, -1)
  }
  const books = readBooks(path, lanes.lanes, ledger.close())
  const doubts = { attempts: [0], records: [0] }
  return verify(kafka, { run, mode: 'idempotent', lanes, books, doubts, inCallOrder: [0] })
}

const all = Array.from({ length: records }, (_, n) => n)
const blameless = { lost: 0, duplicated: 0, outOfOrder: 0, untrue: 0, strange: 0, gaps: 0, unread: 0 }

describe('a log on a real broker', () => {
  test('that is as told', async () => {
    expect(await judge('honest', all)).toMatchObject({ ...blameless, recordsRead: records, partitionsHit: 1 })
  })

  test.each<[string, readonly number[], Partial<Findings>]>([
    ['lost', all.toSpliced(17, 1), { lost: 1 }],
    ['doubled', all.toSpliced(30, 0, 29), { duplicated: 1 }],
    ['swapped', all.with(50, 51).with(51, 50), { outOfOrder: 1 }],
    ['foreign', [...all, 5_000], { strange: 1 }]
  ])('with one record %s', async (what, log, found) => {
    expect(await judge(what, log)).toMatchObject({ ...blameless, ...found })
  })

  test('with one record that was called not persisted', async () => {
    expect(await judge('untrue', all, 80)).toMatchObject({ ...blameless, untrue: 1 })
  })
})
