// One partition's queue in a small world of brokers and connections: random events, then a calm in which everything must end.
import { Client } from './client.ts'
import { Cluster } from './cluster.ts'
import { Connections, type Death } from './connections.ts'
import { Dice } from './dice.ts'
import { noFaults, type Faults } from './faults.ts'
import type { Replica } from './replica.ts'

const calmStepMs = 100
/** More than enough for quarantines, new identities, codecs and what is asked one by one. */
const mostCalmSteps = 400
const freshBatches = 4

export class World {
  readonly faults: Faults
  readonly cluster: Cluster
  readonly client: Client
  readonly #dice: Dice
  readonly #connections: Connections
  readonly #happenings: readonly (readonly [chance: number, happens: () => void])[]

  /** @param listener is told each event in a line */
  constructor(seed: number, faults: Partial<Faults>, listener: (line: string) => void = () => undefined) {
    const tell = (line: string): void => listener(`${this.client.nowMs} ms: ${line}`)
    this.faults = { ...noFaults, ...faults }
    this.#dice = new Dice(seed)
    this.cluster = new Cluster(this.#dice, tell)
    this.#connections = new Connections(this.cluster, this.#dice, this.faults)
    const { cluster } = this
    this.client = new Client({ cluster, connections: this.#connections, dice: this.#dice, faults: this.faults, tell })
    this.#happenings = this.#happeningsOf(this.faults)
  }

  run(steps: number): void {
    for (let i = 0; i < steps; i++) this.#step()
    this.#heal()
  }

  #happeningsOf(faults: Faults): [chance: number, happens: () => void][] {
    const { cluster, client } = this
    return [
      [faults.cut, () => this.#die(this.#connections.cutAny(client.nowMs))],
      [faults.crash, () => this.#endProcess(cluster.crash())],
      [faults.move, () => cluster.move()],
      [faults.renew, () => this.#endProcess(cluster.renew())],
      [faults.retain, () => this.#retain()],
      [faults.renewLeader, () => this.#renewLeader()],
      [faults.snapshot, () => cluster.snapshot()],
      [faults.shrink, () => cluster.shrink()],
      [faults.unclean, () => this.#electUnclean()],
      [faults.recreate, () => this.#recreate()],
      [faults.abort, () => client.abort()],
      [faults.abandon, () => client.abandon()]
    ]
  }

  #step(): void {
    for (const [chance, happens] of this.#happenings) {
      if (!this.#dice.happens(chance)) continue
      happens()
      this.#connections.complete(this.client.nowMs)
    }
    this.#goOn(this.#dice.below(100))
  }

  /** One of the things that go on all the time. */
  #goOn(dice: number): void {
    const { client, cluster } = this
    if (dice < 14) client.accept()
    else if (dice < 32) while (client.send() && this.#dice.happens(0.8));
    else if (dice < 54) while (this.#connections.serveOne(client.nowMs) && this.#dice.happens(0.5));
    else if (dice < 68) cluster.replicateOne()
    else if (dice < 86) while (client.receive() && this.#dice.happens(0.5));
    else if (dice < 89) client.refresh()
    else if (dice < 91) cluster.restart()
    else this.#advance(this.#dice.happens(this.faults.jump) ? 400 + this.#dice.below(3_000) : this.#dice.below(200))
    this.#connections.complete(client.nowMs)
  }

  #advance(ms: number): void {
    const { client } = this
    client.nowMs += ms
    client.tick()
    for (let death = this.#connections.cutOverdue(client.nowMs); death !== null;) {
      client.lose(death)
      death = this.#connections.cutOverdue(client.nowMs)
    }
    this.#connections.executeHalfRead(client.nowMs)
  }

  #die(death: Death | null): void {
    if (death !== null) this.client.lose(death)
  }

  #endProcess(broker: Replica | null): void {
    if (broker !== null) this.#die(this.#connections.lose(broker, this.client.nowMs))
  }

  #retain(): void {
    this.cluster.retain(record => this.client.ledger.told.has(record))
  }

  #renewLeader(): void {
    this.#replicate()
    this.#retain()
    this.#endProcess(this.cluster.renewLeader())
  }

  /** While nothing is in doubt: a batch that is hides whether others are gone. */
  #electUnclean(): void {
    this.#rest()
    if (this.client.isIdle) this.client.ledger.throwAway(this.cluster.electUnclean())
  }

  /** Not again before the last time was noticed. */
  #recreate(): void {
    if (this.cluster.leader !== null && this.client.knowsTopic) this.cluster.recreate()
  }

  // ---- the calm

  #heal(): void {
    const { client } = this
    this.#connections.calm()
    this.cluster.restartAll()
    this.#rest()
    for (let i = 0; i < freshBatches; i++) {
      client.reset()
      client.acceptFresh()
      this.#rest()
    }
  }

  /** Till nothing is under way any more, but for what never ends. */
  #rest(): void {
    for (let i = 0; i < mostCalmSteps && (i === 0 || this.client.isBusy || !this.#connections.isQuiet); i++)
      this.#calmStep()
  }

  #calmStep(): void {
    const { client, cluster } = this
    if (cluster.leader === null) cluster.elect()
    client.refresh()
    while (client.send());
    while (this.#connections.serveOne(client.nowMs)) this.#replicate()
    this.#replicate()
    while (client.receive());
    this.#advance(calmStepMs)
    this.#connections.complete(client.nowMs)
  }

  #replicate(): void {
    this.cluster.replicateAll()
    this.#connections.complete(this.client.nowMs)
  }
}
