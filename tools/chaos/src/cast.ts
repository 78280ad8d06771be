// The producers of a run, at work.
import { seededRandom } from '@sluice/testing'
import type { Clock, Observer, Random } from '@sluice/core'
import { ConnectionPool, Producer, type DataLoss, type ProducerOptions } from '@sluice/producer'
import { Doubts } from './doubts.ts'
import type { LaneMap } from './lanes.ts'
import type { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { Pace } from './pace.ts'
import type { DataLossTold, PlayerPlan, PlayerTold } from './player.ts'
import { roles, type Role } from './roles.ts'

/** Short, so that a black hole is noticed within the run. */
const requestTimeout = 10_000

type Network = Pick<ProducerOptions, 'requestTimeout' | 'observer' | 'mapAddress' | 'clock'>

type CastTold = Pick<
  PlayerTold,
  | 'bufferMemory'
  | 'mostConnections'
  | 'latestMs'
  | 'earliestMs'
  | 'heldAfterClose'
  | 'refusals'
  | 'untold'
  | 'disappointed'
  | 'dataLosses'
  | 'doubts'
  | 'retries'
  | 'failures'
>

export class Cast {
  readonly #plan: PlayerPlan
  readonly #lanes: LaneMap
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #loads: readonly Load[]
  readonly #pool: ConnectionPool
  readonly #doubts: Doubts
  readonly #dataLosses: DataLossTold[] = []
  readonly #bornMs = performance.now()

  constructor(plan: PlayerPlan, lanes: LaneMap, ledger: Ledger, clock: Clock) {
    this.#plan = plan
    this.#lanes = lanes
    this.#ledger = ledger
    this.#clock = clock
    this.#doubts = new Doubts(lanes)
    // The pool's observer is not told which of its clients speaks, so what it hears counts for each of them.
    const pooled = roles.flatMap((role, index) => (role.pooled ? [index] : []))
    this.#pool = new ConnectionPool({ clientId: 'chaos-pool', ...this.#network(this.#doubts.observer(pooled)) })
    this.#loads = roles.map((role, index) => this.#load(role, index))
  }

  get watched(): readonly { readonly producer: Producer; readonly limitBytes: number }[] {
    return this.#loads.map(({ producer }, index) => ({ producer, limitBytes: roles[index]!.bufferMemory }))
  }

  /** Sends until the signal. Settles when every record has its outcome. */
  async play(signal: AbortSignal): Promise<void> {
    const { rate } = this.#plan
    await Promise.all(
      roles.map(({ pattern, share }, index) =>
        pattern(this.#loads[index]!, new Pace(rate * share), this.#random(index + 0.5), signal)
      )
    )
  }

  /** @param settled whether everything is; else it is not waited for */
  async close(settled: boolean): Promise<void> {
    await Promise.all(this.#loads.map(({ producer }) => producer.close({ force: !settled })))
    await this.#pool.close()
  }

  get told(): CastTold {
    const loads = this.#loads
    const sum = (count: (load: Load) => number): number => loads.reduce((total, load) => total + count(load), 0)
    const patient = (load: Load): 0 | 1 => (roles[loads.indexOf(load)]!.patient ? 1 : 0)
    return {
      bufferMemory: roles.reduce((total, { bufferMemory }) => total + bufferMemory, 0),
      mostConnections: 2 * this.#plan.bootstrapBrokers.length * (roles.filter(({ pooled }) => !pooled).length + 1),
      latestMs: Math.max(...loads.map(({ latestMs }) => latestMs)),
      earliestMs: Math.max(...loads.map(({ earliestMs }) => earliestMs)),
      heldAfterClose: sum(({ producer }) => producer.stats().queuedBytes),
      refusals: sum(({ refusals }) => refusals),
      untold: sum(({ untold }) => untold),
      disappointed: {
        notPersisted: sum(load => patient(load) * load.notPersisted),
        unknown: sum(load => patient(load) * load.unknown)
      },
      dataLosses: this.#dataLosses,
      doubts: this.#doubts.counts,
      retries: [...this.#doubts.retries],
      failures: [...merge(loads.map(({ failures }) => failures))]
    }
  }

  #random(salt: number): Random {
    return seededRandom(this.#plan.seed * 1_000 + salt)
  }

  #network(observer: Observer): Network {
    const { ports } = this.#plan
    const mapAddress: Network['mapAddress'] = ({ host, port }) => ({ host, port: ports[String(port)] ?? port })
    return { requestTimeout, observer, mapAddress, clock: this.#clock }
  }

  #load(role: Role, index: number): Load {
    const { run, mode, bootstrapBrokers, deliveryTimeout } = this.#plan
    const connection = role.pooled
      ? { connections: this.#pool }
      : { clientId: `chaos-${role.name}`, ...this.#network(this.#doubts.observer([index])) }
    const producer = new Producer({
      bootstrapBrokers: [...bootstrapBrokers],
      idempotent: mode === 'idempotent',
      deliveryTimeout,
      bufferTimeout: deliveryTimeout,
      bufferMemory: role.bufferMemory,
      ...role.options,
      ...connection
    })
    producer.on('producer:dataloss', loss => this.#dataLosses.push(told(loss, performance.now() - this.#bornMs)))
    const parts = { run, index, lanes: this.#lanes, ledger: this.#ledger, random: this.#random(index), deliveryTimeout }
    return new Load(parts, producer)
  }
}

/** Without bigints, which a line of JSON cannot hold. */
function told({ lastAckedOffset, logStartOffset, error, ...loss }: DataLoss, atMs: number): DataLossTold {
  return {
    ...loss,
    atMs,
    lastAckedOffset: Number(lastAckedOffset),
    logStartOffset: Number(logStartOffset),
    error: error.message
  }
}

function merge(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>()
  for (const map of maps) for (const [what, count] of map) all.set(what, (all.get(what) ?? 0) + count)
  return all
}
