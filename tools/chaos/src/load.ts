// One producer under test, and the book that is kept of what it was given and what it said.
import { isKafkaError, type RecordOutcome, type RetryObservation } from '@sluice/core'
import type { Producer, ProduceResult, ProducerMessage, SendOptions } from '@sluice/producer'
import type { Random } from '@sluice/core'
import type { LaneMap } from './lanes.ts'
import { outcomes, type Ledger, type OutcomeCode } from './ledger.ts'
import { writeStamp } from './stamp.ts'

type CallOptions = Omit<SendOptions, 'messages'>

/** The records of one call. */
interface Call {
  readonly messages: ProducerMessage[]
  readonly lanes: number[]
  readonly numbers: number[]
}

export interface LoadParts {
  readonly run: number
  readonly index: number
  readonly name: string
  readonly lanes: LaneMap
  readonly ledger: Ledger
  readonly random: Random
}

export class Load {
  readonly name: string
  readonly #parts: LoadParts
  readonly #producer: Producer
  /** Times that `send` asked to wait. */
  refusals = 0
  /** Records that were not acknowledged. */
  failed = 0
  /** Failures whose error names no outcome, which every error shall. */
  untold = 0
  /** By code and broker error, how often calls failed. */
  readonly failures: Map<string, number> = new Map()

  constructor(parts: LoadParts, producer: Producer) {
    this.#parts = parts
    this.name = parts.name
    this.#producer = producer
  }

  get producer(): Producer {
    return this.#producer
  }

  /** Sends so many records in one call. Settles with the call, whatever its outcome. */
  async send(count: number, keyed: boolean, options: CallOptions = {}): Promise<void> {
    const call = this.#compose(count, keyed)
    try {
      this.#delivered(call, await this.#producer.send({ ...options, messages: call.messages }))
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /** @returns what `send` returns: whether more may be sent before `producer:drain` */
  sendWithCallback(count: number, keyed: boolean, onSettled: () => void = () => undefined): boolean {
    const call = this.#compose(count, keyed)
    const goOn = this.#producer.send({ messages: call.messages }, (error, result) => {
      if (error === null || error === undefined) this.#delivered(call, result!)
      else this.#failed(call, error)
      onSettled()
    })
    if (!goOn) this.refusals++
    return goOn
  }

  #compose(count: number, keyed: boolean): Call {
    const call: Call = { messages: [], lanes: [], numbers: [] }
    for (let i = 0; i < count; i++) this.#addRecord(call, keyed)
    return call
  }

  #addRecord(call: Call, keyed: boolean): void {
    const { run, index, lanes, ledger, random } = this.#parts
    const { topic, partition } = lanes.placeAt(random())
    const lane = lanes.idOf(index, topic, partition)
    const n = ledger.accept(lane)
    const value = writeStamp({ run, producer: index, topic, partition, n })
    const { name, keys } = lanes.topics[topic]!
    const keysHere = keys[partition]!
    call.messages.push(
      keyed ? { topic: name, key: keysHere[n % keysHere.length]!, value } : { topic: name, partition, value }
    )
    call.lanes.push(lane)
    call.numbers.push(n)
  }

  #delivered(call: Call, result: ProduceResult): void {
    const { ledger } = this.#parts
    const { lanes, numbers } = call
    const seen = new Set<number>()
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]!
      const offset = result.records === undefined ? this.#firstOffset(call, i, seen, result) : result.records[i]!.offset
      ledger.settle(lane, numbers[i]!, outcomes.acked, Number(offset))
    }
  }

  /** The result tells where a partition's first record is; of the others it says nothing. */
  #firstOffset(call: Call, i: number, seen: Set<number>, { offsets }: ProduceResult): bigint {
    const lane = call.lanes[i]!
    if (seen.has(lane)) return -1n
    seen.add(lane)
    const { topic, partition } = this.#parts.lanes.lanes[lane]!
    const { name } = this.#parts.lanes.topics[topic]!
    const place = offsets.find(each => each.partition === partition && each.topic === name)
    if (place !== undefined) return place.offset
    this.#count('a result that does not tell where a partition was written')
    return -1n
  }

  #failed({ lanes, numbers }: Call, error: unknown): void {
    const { ledger } = this.#parts
    if (!isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) {
      const told = isKafkaError(error) ? error.outcome : undefined
      if (told === undefined) this.untold++
      this.#count(`${describe(error)}, the whole call, ${told ?? 'no outcome'}`)
      this.failed += lanes.length
      lanes.forEach((lane, i) => ledger.settle(lane, numbers[i]!, codeOf(told ?? 'unknown'), -1))
      return
    }
    const codes = lanes.map((): OutcomeCode => outcomes.acked)
    this.failed += error.failures.length
    for (const failure of error.failures) {
      codes[failure.index] = codeOf(failure.outcome)
      this.#count(`${describe(failure.error)}, ${failure.outcome}`)
    }
    lanes.forEach((lane, i) => ledger.settle(lane, numbers[i]!, codes[i]!, -1))
  }

  #count(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
  }
}

const codeOf = (outcome: RecordOutcome): OutcomeCode =>
  outcome === 'unknown' ? outcomes.unknown : outcomes.notPersisted

function describe(error: unknown): string {
  if (isKafkaError(error, 'KAFKA_BROKER')) return `${error.code} ${error.errorName}`
  if (isKafkaError(error)) return error.code
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Answers after which a batch may be in the log all the same. The offsets that would tell more are not in the observation. */
const maybeWritten: ReadonlySet<number> = new Set([-1, 3, 6, 7, 20, 56])

/** Whether the attempt that is being repeated may have been written. */
export function mayHaveBeenWritten({ error }: RetryObservation): boolean {
  if (isKafkaError(error, 'KAFKA_CONNECTION')) return error.handedOver
  if (isKafkaError(error, 'KAFKA_BROKER')) return maybeWritten.has(error.errorCode)
  return true
}
