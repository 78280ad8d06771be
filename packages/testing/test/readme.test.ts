// The README against the code: options of a cluster, what may become of a request, and what a cluster can be asked and told.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { apiNames } from '../src/broker-apis.ts'
import { TestCluster, type InterceptedRequest, type Interception, type TestClusterOptions } from '../src/index.ts'

/** Whoever adds a member cannot compile this before it is named here, nor see it pass before the README has it. */
type Members<T> = Readonly<Record<keyof T, true>>

const options: Members<TestClusterOptions> = {
  brokers: true,
  topics: true,
  network: true,
  clock: true,
  seed: true,
  hostOf: true,
  codecs: true,
  autocreateTopics: true,
  defaultPartitions: true,
  sasl: true,
  versions: true,
  topicIds: true,
  acceptUnknownProducer: true,
  checkRecords: true,
  abandonedRequests: true
}

const fates: Members<Interception> = {
  delay: true,
  execute: true,
  error: true,
  answer: true,
  answerDelay: true,
  throttle: true,
  drop: true,
  cut: true,
  cutBy: true,
  bytes: true
}

const requests: Members<InterceptedRequest> = {
  api: true,
  version: true,
  correlationId: true,
  clientId: true,
  brokerId: true,
  connection: true,
  request: true
}

const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** Names in the first column of the table under this heading. */
function namesUnder(heading: string): readonly string[] {
  const lines = page.slice(page.indexOf(heading)).split('\n')
  const from = lines.findIndex(line => line.startsWith('|'))
  const rows = lines.slice(from, lines.indexOf('', from))
  return rows.flatMap(row => [...row.split('|')[1]!.matchAll(/`(\w+)/g)].map(match => match[1]!))
}

describe('the README of the cluster', () => {
  it('has every API that brokers answer', () => {
    const from = page.indexOf('It answers')
    const named = page.slice(from, page.indexOf('and nothing else', from)).matchAll(/`(\w+)`/g)
    expect(Array.from(named, match => match[1])).toEqual(apiNames)
  })

  it('has every option of start', () => {
    expect(namesUnder('`TestCluster.start(options)`')).toEqual(Object.keys(options))
  })

  it('has everything that a cluster can be asked and told', () => {
    const members = Object.getOwnPropertyNames(TestCluster.prototype).filter(name => name !== 'constructor')
    expect(namesUnder('| Method').toSorted()).toEqual(members.toSorted())
  })

  it('has what a handler is given, and what may become of a request', () => {
    expect(namesUnder('| Field')).toEqual(Object.keys(fates))
    expect(page).toContain(`\`{ ${Object.keys(requests).join(', ')} }\``)
  })
})
