// Whose records are in a batch: the calls, in the order of their records, and each record's place in its call.
import { offsetBehind } from './offset.ts'
import type { SendOperation } from './send-operation.ts'

/** Run i is the records from starts[i] to before starts[i + 1]: consecutive ones of one call. */
interface Runs {
  readonly starts: number[]
  /** Each record's place in its call. */
  readonly indexes: number[]
}

const nobody: SendOperation[] = []
const firstOfItsCall: readonly number[] = [0]

export class RecordOwners {
  /** The call of each run. */
  #calls: SendOperation[] = nobody
  /** Null as long as each run is one record, the first of its call: for a thousand concurrent calls that is all there is to know. */
  #runs: Runs | null = null

  /** @returns whether the record is the first of a run */
  // hot: bench
  add(operation: SendOperation, index: number): boolean {
    const before = this.#calls.length
    const isFirst = before === 0 || this.#calls[before - 1] !== operation
    if (this.#runs !== null) append(this.#runs, isFirst, index)
    else if (index !== 0) this.#runs = withRecord(before, isFirst, index)
    // Made of one element, for many batches have no other: what grows takes room for 17 at once.
    if (before === 0) this.#calls = [operation]
    else if (isFirst) this.#calls.push(operation)
    return isFirst
  }

  includes(operation: SendOperation): boolean {
    return this.#calls.includes(operation)
  }

  every(holds: (operation: SendOperation) => boolean): boolean {
    return this.#calls.every(holds)
  }

  /** Each record's call, its place in the call, and its place in the batch. */
  each(visit: (operation: SendOperation, index: number, place: number) => void): void {
    const calls = this.#calls
    const runs = this.#runs
    if (runs === null) return calls.forEach((call, place) => visit(call, 0, place))
    for (let run = 0; run < calls.length; run++) {
      const end = endOf(runs, run)
      for (let place = runs.starts[run]!; place < end; place++) visit(calls[run]!, runs.indexes[place]!, place)
    }
  }

  /** Tells each call where its records are. */
  // hot: bench
  deliver(topic: string, partition: number, baseOffset: bigint, appendTimeMs: bigint): void {
    const calls = this.#calls
    const runs = this.#runs
    let offset = baseOffset
    for (let run = 0; run < calls.length; run++) {
      if (runs === null) {
        if (run > 0) offset = offsetBehind(offset, 1)
        calls[run]!.delivered(topic, partition, firstOfItsCall, 0, 1, offset, appendTimeMs)
        continue
      }
      const from = runs.starts[run]!
      if (run > 0) offset = offsetBehind(offset, from - runs.starts[run - 1]!)
      calls[run]!.delivered(topic, partition, runs.indexes, from, endOf(runs, run), offset, appendTimeMs)
    }
  }
}

/** What was known without words until now, and one more. */
function withRecord(before: number, isFirst: boolean, index: number): Runs {
  if (before === 0) return { starts: [0], indexes: [index] }
  const runs: Runs = { starts: [0], indexes: [0] }
  for (let run = 1; run < before; run++) append(runs, true, 0)
  append(runs, isFirst, index)
  return runs
}

// hot: bench
function append({ starts, indexes }: Runs, isFirst: boolean, index: number): void {
  if (isFirst) starts.push(indexes.length)
  indexes.push(index)
}

function endOf({ starts, indexes }: Runs, run: number): number {
  return run + 1 < starts.length ? starts[run + 1]! : indexes.length
}
