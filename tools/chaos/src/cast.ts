// The producers of a run: how each is set up, and in which way it is used.
import type { Observer, Random } from '@sluice/core'
import { ConnectionPool, Producer, type ProducerOptions } from '@sluice/producer'
import { seededRandom } from '@sluice/testing'
import type { Mode } from './arguments.ts'
import type { LaneMap } from './lanes.ts'
import { Load, mayHaveBeenWritten } from './load.ts'
import type { Ledger } from './ledger.ts'
import { Pace } from './pace.ts'
import { batches, callbacks, heedless, impatient, mixed, single, type Pattern } from './patterns.ts'

export interface Role {
  readonly name: string
  readonly pattern: Pattern
  /** Of the records offered. */
  readonly share: number
  readonly options: Partial<ProducerOptions>
  /** Its calls shall get what they wait for, however long. */
  readonly patient: boolean
  /** Has its connections from the pool that several share. */
  readonly pooled: boolean
}

const megabyte = 1_048_576

export const roles: readonly Role[] = [
  {
    name: 'single',
    pattern: single,
    share: 0.15,
    options: { bufferMemory: 16 * megabyte },
    patient: true,
    pooled: false
  },
  {
    name: 'batches',
    pattern: batches,
    share: 0.25,
    options: { compression: 'gzip', linger: 5, bufferMemory: 16 * megabyte },
    patient: true,
    pooled: false
  },
  {
    name: 'callbacks',
    pattern: callbacks,
    share: 0.25,
    options: { bufferMemory: 2 * megabyte },
    patient: true,
    pooled: false
  },
  {
    name: 'mixed',
    pattern: mixed,
    share: 0.15,
    options: { linger: 2, bufferMemory: 8 * megabyte },
    patient: true,
    pooled: true
  },
  {
    name: 'impatient',
    pattern: impatient,
    share: 0.1,
    options: { bufferMemory: 8 * megabyte },
    patient: false,
    pooled: true
  },
  {
    name: 'heedless',
    pattern: heedless,
    share: 0.1,
    options: { bufferMemory: megabyte / 2 },
    patient: true,
    pooled: false
  }
]

/** Whose calls hold one record each, so that their order is that of the records. */
export const inCallOrder: readonly number[] = [0, 2, 5]

export interface CastSetting {
  readonly run: number
  readonly mode: Mode
  readonly rate: number
  readonly seed: number
  readonly bootstrapBrokers: readonly string[]
  readonly mapAddress: (address: { host: string; port: number }) => { host: string; port: number }
  readonly lanes: LaneMap
  readonly ledger: Ledger
  /** How long a record may take, but for those who are impatient. */
  readonly deliveryTimeout: number
  /** Short, so that a black hole is noticed within the run. */
  readonly requestTimeout: number
}

export class Cast {
  readonly loads: readonly Load[]
  readonly limits: readonly number[]
  /** By lane: attempts that were repeated and may have been written. */
  readonly uncertain: Uint32Array
  readonly retries: Map<string, number> = new Map()
  dataLosses = 0
  readonly #setting: CastSetting
  readonly #pool: ConnectionPool

  constructor(setting: CastSetting) {
    this.#setting = setting
    const { lanes, mapAddress, requestTimeout } = setting
    this.uncertain = new Uint32Array(lanes.lanes.length)
    // The pool's observer is not told which of its clients speaks, so what it hears counts for each of them.
    const pooled = roles.flatMap((role, index) => (role.pooled ? [index] : []))
    const observer = this.#observer(pooled)
    this.#pool = new ConnectionPool({ clientId: 'chaos-pool', mapAddress, requestTimeout, observer })
    this.limits = roles.map(({ options }) => options.bufferMemory!)
    this.loads = roles.map((role, index) => this.#load(role, index))
  }

  /** Sends until the signal. Settles when every record has its outcome. */
  async play(signal: AbortSignal): Promise<void> {
    const { rate } = this.#setting
    await Promise.all(
      roles.map(({ pattern, share }, index) =>
        pattern(this.loads[index]!, new Pace(rate * share), this.#random(index + 0.5), signal)
      )
    )
  }

  /** Records of patient callers that were not acknowledged. */
  get disappointments(): number {
    return this.loads.reduce((sum, load, index) => sum + (roles[index]!.patient ? load.failed : 0), 0)
  }

  async close(): Promise<void> {
    await Promise.all(this.loads.map(({ producer }) => producer.close()))
    await this.#pool.close()
  }

  #random(salt: number): Random {
    return seededRandom(this.#setting.seed * 1_000 + salt)
  }

  #load(role: Role, index: number): Load {
    const { run, lanes, ledger, mode, bootstrapBrokers, mapAddress, requestTimeout, deliveryTimeout } = this.#setting
    const connection = role.pooled
      ? { connections: this.#pool }
      : { clientId: `chaos-${role.name}`, mapAddress, requestTimeout, observer: this.#observer([index]) }
    const producer = new Producer({
      bootstrapBrokers: [...bootstrapBrokers],
      idempotent: mode === 'idempotent',
      deliveryTimeout,
      bufferTimeout: deliveryTimeout,
      ...role.options,
      ...connection
    })
    producer.on('producer:dataloss', () => this.dataLosses++)
    return new Load({ run, index, name: role.name, lanes, ledger, random: this.#random(index) }, producer)
  }

  #observer(producers: readonly number[]): Observer {
    const { lanes } = this.#setting
    return {
      onRetry: event => {
        const what = 'errorName' in event.error ? String(event.error.errorName) : event.error.code
        this.retries.set(what, (this.retries.get(what) ?? 0) + 1)
        if (!mayHaveBeenWritten(event)) return
        const topic = lanes.topicIndex(event.topic)
        for (const producer of producers) this.uncertain[lanes.idOf(producer, topic, event.partition)]!++
      }
    }
  }
}
