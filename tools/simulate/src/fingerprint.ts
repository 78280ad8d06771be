// A run in one line: equal runs have equal fingerprints.
import { createHash } from 'node:crypto'
import type { RunRecord } from './run-record.ts'

export function fingerprint(run: RunRecord): string {
  const hash = createHash('sha256')
  for (const each of run.ledger.requests) hash.update(`${each.atMs} ${each.host} ${each.api};`)
  for (const each of run.ledger.attempts)
    hash.update(`${each.atMs} ${each.log} ${each.sequence} ${each.crc} ${each.fate};`)
  for (const each of run.records) hash.update(`${each.number} ${each.fate} ${each.partition} ${each.offset};`)
  for (const each of run.calls) hash.update(`${each.call} ${each.settledMs} ${each.error?.message};`)
  return hash.digest('hex').slice(0, 16)
}
