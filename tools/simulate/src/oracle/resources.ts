// Memory, calm and what is left behind: I6, I11, I13.
import type { RunRecord } from '../run-record.ts'
import type { Claims } from './claims.ts'

const windowMs = 10_000
/** Backoff begins at 50 ms and ends at 1,000 ms, each way and lane: so many connections in ten seconds are calm. */
const mostConnections = 60
const retryWindowMs = 1_000
const mostRetries = 25
/** In a quiet time, and besides for each refresh of metadata: who asks whom, and when that is to be over. */
const mostQuietTimers = 10
const timersPerRefresh = 4
/** A record in memory is larger than its value: key, headers, and where it stands. */
const recordOverheadBytes = 256
const headerBytes = 16
const smallestChunkBytes = 4_096

export function judgeResources(run: RunRecord, claims: Claims): void {
  const { plan, leftover, ledger } = run
  const { bufferMemory = 67_108_864, metadataMaxAge = 300_000 } = plan.producer
  claims.check(
    'I6',
    run.mostQueuedBytes <= bufferMemory + chunkBytes(run),
    () => `${run.mostQueuedBytes} bytes were buffered, of ${bufferMemory}`
  )
  claims.check(
    'I6',
    leftover.queuedBytes === 0,
    () => `${leftover.queuedBytes} bytes are buffered with nothing unsettled`
  )
  claims.check(
    'I6',
    leftover.queuedRecords === 0,
    () => `${leftover.queuedRecords} records are queued with nothing unsettled`
  )
  claims.check('I13', leftover.closed, () => 'close never settled')
  claims.check('I13', leftover.timers === 0, () => `${leftover.timers} timers are left after close`)
  claims.check('I13', leftover.links === 0, () => `${leftover.links} connections are left after close`)
  claims.check(
    'I11',
    leftover.quietTimers <= mostQuietTimers + timersPerRefresh * Math.ceil(leftover.quietMs / metadataMaxAge),
    () => `${leftover.quietTimers} timers ran in ${leftover.quietMs} quiet ms`
  )
  for (let silence = 0; silence < ledger.silences; silence++) claims.check('I11', true, () => '')
  judgeRetries(run, claims)
  for (const { atMs, untilMs } of ledger.disturbances)
    claims.check(
      'I11',
      false,
      () => `A request was made at ${atMs} ms though silence was asked for until ${untilMs} ms`
    )
  for (const [host, times] of byHost(ledger.connectionsOpened)) {
    const most = mostWithin(times, windowMs)
    claims.check(
      'I11',
      most <= mostConnections,
      () => `${most} connections to ${host} were tried within ${windowMs} ms`
    )
  }
}

/** A batch that fails again and again is not tried at full speed: the first backoff is a tenth of a second, and grows. */
function judgeRetries(run: RunRecord, claims: Claims): void {
  const tries = new Map<string, number[]>()
  for (const { log, records, atMs } of run.ledger.attempts) {
    const batch = `${log} ${records[0]}`
    const times = tries.get(batch)
    if (times === undefined) tries.set(batch, [atMs])
    else times.push(atMs)
  }
  for (const [batch, times] of tries) {
    if (times.length === 1) continue
    const most = mostWithin(times, retryWindowMs)
    claims.check(
      'I11',
      most <= mostRetries,
      () => `The batch of ${batch} was tried ${most} times within ${retryWindowMs} ms`
    )
  }
}

/** What one record more may take: memory is counted by chunks, powers of two, and a batch that outgrows its chunk gets another. */
function chunkBytes(run: RunRecord): number {
  const largestBytes = run.records.reduce(
    (most, { bytes, headers }) => Math.max(most, bytes + headers * headerBytes + recordOverheadBytes),
    0
  )
  const { batchSize = 262_144 } = run.plan.producer
  return Math.max(smallestChunkBytes, 2 ** Math.ceil(Math.log2(batchSize + largestBytes)))
}

function byHost(opened: readonly { readonly atMs: number; readonly host: string }[]): Map<string, number[]> {
  const hosts = new Map<string, number[]>()
  for (const { host, atMs } of opened) hosts.set(host, [...(hosts.get(host) ?? []), atMs])
  return hosts
}

/** How many of these moments lie in one window, at most. */
export function mostWithin(times: readonly number[], ms: number): number {
  let most = 0
  let first = 0
  for (let last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! > ms) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}
