// One bad broker among good ones, with the whole producer: every call ends in time, and nobody else suffers.
import { isKafkaError, type KafkaErrorCode } from '@sluice/producer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Allocations } from '../src/allocations.ts'
import { badId, BadBrokerStage, goodIds, limits, type Ending } from '../src/hostile/bad-broker-stage.ts'
import type { Deed } from '../src/hostile/program.ts'

const { requestTimeout, connectTimeout, deliveryTimeout, maxResponseSize } = limits
const keys = { Produce: 0, Metadata: 3, ApiVersions: 18, InitProducerId: 22, SaslHandshake: 17, SaslAuthenticate: 36 }
type Api = keyof typeof keys

/** What it does with its answers, and what its connections end with. */
const deeds: readonly [deed: Deed, ...codes: KafkaErrorCode[]][] = [
  ['silent', 'KAFKA_TIMEOUT'],
  ['byte a second', 'KAFKA_TIMEOUT'],
  // During ApiVersions the time is up before so much has come.
  ['endless header', 'KAFKA_CORRUPT_FRAME', 'KAFKA_TIMEOUT'],
  ['two gibibytes', 'KAFKA_CORRUPT_FRAME'],
  ['negative length', 'KAFKA_CORRUPT_FRAME'],
  ['endless list', 'KAFKA_CORRUPT_FRAME'],
  ['empty frame', 'KAFKA_CORRUPT_FRAME'],
  ['wrong id', 'KAFKA_CORRUPT_FRAME'],
  ['flood', 'KAFKA_CORRUPT_FRAME'],
  ['garbage', 'KAFKA_CORRUPT_FRAME', 'KAFKA_TIMEOUT'],
  ['cut off', 'KAFKA_CONNECTION'],
  ['closed', 'KAFKA_CONNECTION'],
  ['http', 'KAFKA_CONNECTION'],
  ['tls', 'KAFKA_CONNECTION']
]
const modes = [
  { mode: 'idempotent', acks: -1, idempotent: true },
  { mode: 'acks 1', acks: 1, idempotent: false },
  { mode: 'acks 0', acks: 0, idempotent: false }
] as const
const amount = 199
const stepMs = 20
/** A request that has just left when the time of its records is up is waited for, and its connection let go. */
const mostMs = deliveryTimeout + 2 * requestTimeout + 500

const allocations = new Allocations()
beforeAll(() => void allocations.watch())
afterAll(() => allocations.restore())

function failures(endings: readonly Ending[]): unknown[] {
  return endings.map(({ error }) => error).filter(error => error !== null)
}

/** The codes of an error, outermost first. */
function codesOf(error: unknown): KafkaErrorCode[] {
  const codes: KafkaErrorCode[] = []
  for (let cause = error; isKafkaError(cause); cause = cause.cause) codes.push(cause.code)
  return codes
}

/** 4 s of sends to every broker, ten a second, and calls in their midst. */
async function load(stage: BadBrokerStage): Promise<{ sends: Map<number, Ending[]>; calls: Ending[] }> {
  const sends = new Map<number, Promise<Ending>[]>([...goodIds, badId].map(id => [id, []]))
  const calls: Promise<Ending>[] = []
  for (let n = 0; n < 40; n++) {
    for (const [id, list] of sends) list.push(stage.send(id, `${n}`))
    if (n === 20) {
      const { producer } = stage
      calls.push(stage.ending(producer.metadata({ topics: ['orders'], forceUpdate: true })))
      calls.push(stage.ending(producer.partitionsFor('orders')), stage.ending(producer.listApis()))
      calls.push(stage.ending(producer.connectToBrokers([badId])))
    }
    await stage.pass(100) // oxlint-disable-line no-await-in-loop -- time passes
  }
  const ended = new Map<number, Ending[]>()
  // oxlint-disable-next-line no-await-in-loop -- time is one
  for (const [id, list] of sends) ended.set(id, await stage.within(mostMs, Promise.all(list)))
  return { sends: ended, calls: await stage.within(mostMs, Promise.all(calls)) }
}

function expectUndisturbed(stage: BadBrokerStage, id: number, endings: readonly Ending[]): void {
  expect(failures(endings)).toEqual([])
  expect(Math.max(...endings.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(stepMs)
  const values = stage.cluster.logNow('orders', id).map(({ value }) => String(value))
  expect(values).toEqual(['warm', ...endings.map((_, n) => `${n}`)])
}

describe.each(modes)('a broker that turns bad, $mode', ({ acks, idempotent }) => {
  const apis: readonly Api[] = ['Produce', 'ApiVersions', 'SaslHandshake', 'SaslAuthenticate']
  const rows = apis.flatMap(api => deeds.map(([deed, ...codes]) => ({ api, deed, codes })))

  test.each(rows)('$api answered by $deed', async ({ api, deed, codes }) => {
    const stage = await BadBrokerStage.set({ acks, idempotent })
    const warm = await stage.within(1000, Promise.all([...goodIds, badId].map(id => stage.send(id, 'warm'))))
    expect(failures(warm)).toEqual([])
    stage.turn((key, unanswered) => ({ deed: key === keys[api] || unanswered ? deed : 'right', amount }))
    // What comes before the first request is seen by new connections alone.
    if (api !== 'Produce') stage.hangUp()
    await stage.pass(stepMs)
    stage.farewells.splice(0)
    allocations.open(0)
    const { sends, calls } = await load(stage)
    const bytes = allocations.close()

    for (const id of goodIds) expectUndisturbed(stage, id, sends.get(id)!)
    for (const { tookMs } of sends.get(badId)!) expect(tookMs).toBeLessThanOrEqual(mostMs)
    for (const error of failures(sends.get(badId)!)) expect(codesOf(error)[0]).toBe('KAFKA_PRODUCE_FAILED')
    for (const { tookMs } of calls) expect(tookMs).toBeLessThanOrEqual(connectTimeout + stepMs)
    expect(failures(calls.slice(0, 3))).toEqual([])
    for (const error of failures(calls)) expect(codes).toContain(codesOf(error)[0])

    const answerless = api === 'Produce' && acks === 0
    expect(answerless || stage.farewells.length > 0).toBe(true)
    for (const error of stage.farewells) expect(codes).toContain(codesOf(error)[0])
    // Nothing is held that was not asked for: a frame that is being put together doubles up to the limit, and the bad
    // broker's own copies are of its size.
    expect(bytes).toBeLessThan(stage.witness.connections * 4 * maxResponseSize)
    expect(await stage.end()).toBe(0)
  })
})

describe('a broker that is bad from the start, and the first to be asked', () => {
  const apis: readonly Api[] = ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata', 'InitProducerId']
  const rows = apis.flatMap(api => deeds.map(([deed]) => ({ api, deed })))

  test.each(rows)('$api answered by $deed', async ({ api, deed }) => {
    const stage = await BadBrokerStage.set()
    stage.turn(key => ({ deed: key === keys[api] ? deed : 'right', amount }))
    const connected = await stage.within(mostMs, stage.ending(stage.producer.connect()))
    expect(connected.error).toBe(null)
    expect(connected.tookMs).toBeLessThanOrEqual(connectTimeout + requestTimeout + 10 * stepMs)
    for (const limitMs of [connectTimeout + 2 * requestTimeout, stepMs]) {
      const sends = Promise.all(goodIds.map(id => stage.send(id, 'v')))
      const endings = await stage.within(deliveryTimeout, sends) // oxlint-disable-line no-await-in-loop -- one after another
      expect(failures(endings)).toEqual([])
      expect(Math.max(...endings.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(limitMs)
    }
    expect(await stage.end()).toBe(0)
  })
})
