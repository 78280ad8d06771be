// One run: a producer as it is shipped, a cluster in memory, virtual time, and a story that happens to them.
import type { Producer } from '@sluice/producer'
import { tcp } from '@sluice/connection'
import { ManualClock, TestCluster } from '@sluice/testing'
import { randomOf } from '../dice.ts'
import { WireAudit } from '../oracle/wire-audit.ts'
import type { Claims } from '../oracle/claims.ts'
import type { CallRecord, Leftover, RunRecord } from '../run-record.ts'
import { endOf, type ApplicationPlan, type Plan, type StoryEvent } from '../story.ts'
import { Ledger } from '../wire/ledger.ts'
import { Application, ApplicationError } from './application.ts'
import { Calls, type TextProducer } from './calls.ts'
import { ClientDeeds } from './client-deeds.ts'
import { ClientLoop } from './client-loop.ts'
import { clientTransport, type PipeFault } from './client-sockets.ts'
import { Deeds, type Gate } from './deeds.ts'
import { FateKeeper } from './fate-keeper.ts'
import { producerClass } from './producer-class.ts'
import { Steps } from './steps.ts'
import { TappedNetwork } from './tapped-network.ts'
import type { Medium, StoryNetwork } from './story-network.ts'
import { TcpNetwork } from './tcp-network.ts'
import { TopicNames } from './topic-names.ts'
import { TurnClock } from './turn-clock.ts'
import { Witness } from './witness.ts'

const longestQuietMs = 60_000
const quietRefreshes = 20
const extraMs = 10_000
const epochMs = 1_700_000_000_000

interface HostAndPort {
  readonly host: string
  readonly port: number
}

interface Quiet {
  readonly quietMs: number
  readonly timers: number
}

export async function runWorld(plan: Plan, claims: Claims, medium: Medium = 'memory'): Promise<RunRecord> {
  const world = await World.make(plan, claims, medium)
  return world.run()
}

/** Brokers by name are at the ports where they began to listen. */
function socketsOf(cluster: TestCluster, clock: TurnClock): TcpNetwork {
  const ports = new Map(
    cluster.addresses.map((address, place) => [`broker-${place + 1}`, Number(address.split(':')[1])])
  )
  return new TcpNetwork({ inner: tcp(), portOf: name => ports.get(name), happened: () => clock.happened() })
}

class World {
  readonly #plan: Plan
  readonly #clock: ManualClock
  readonly #loop: ClientLoop
  readonly #network: StoryNetwork
  readonly #ledger: Ledger
  readonly #cluster: TestCluster
  readonly #application: Application
  readonly #producer: TextProducer
  readonly #calls: Calls
  readonly #clientDeeds: ClientDeeds
  readonly #deeds: Deeds
  readonly #keeper: FateKeeper
  readonly #effects: number[]
  readonly #witness: Witness
  readonly #steps: Steps
  readonly #pipe: PipeFault = { broken: 0 }

  static async make(plan: Plan, claims: Claims, medium: Medium): Promise<World> {
    const clock = medium === 'tcp' ? new TurnClock({ epochMs }) : new ManualClock({ epochMs })
    const names = new TopicNames()
    const audit = new WireAudit(claims, plan.producer.requestTimeout ?? 30_000, plan.firstSequence)
    const ledger = new Ledger(
      () => clock.monotonicMs(),
      topic => names.find(topic),
      audit,
      plan.producer.trustBaseOffset ?? true
    )
    const memory =
      clock instanceof TurnClock
        ? null
        : new TappedNetwork({ clock, random: randomOf(plan.seed, 'network'), shape: plan.shape }, ledger)
    const { brokers = 3, versions, sasl, ...rest } = plan.cluster
    const gate: Gate = { users: { app: sasl?.password ?? '' }, sessionLifetimeMs: sasl?.sessionLifetimeMs ?? 0 }
    const cluster = await TestCluster.start({
      ...rest,
      brokers,
      versions: versions ?? {},
      ...(sasl === undefined ? {} : { sasl: gate }),
      network: memory ?? 'tcp',
      clock,
      seed: plan.seed
    })
    const network = memory ?? socketsOf(cluster, clock as TurnClock)
    for (const topic of Object.keys(plan.cluster.topics)) names.add(topic, cluster.topicId(topic))
    return new World(plan, {
      clock,
      network,
      ledger,
      cluster,
      names,
      gate,
      producer: await producerClass(plan.firstSequence ?? 0)
    })
  }

  private constructor(
    plan: Plan,
    made: {
      readonly clock: ManualClock
      readonly network: StoryNetwork
      readonly ledger: Ledger
      readonly cluster: TestCluster
      readonly names: TopicNames
      readonly gate: Gate
      readonly producer: typeof Producer
    }
  ) {
    const { clock, network, ledger, cluster, names, gate } = made
    this.#plan = plan
    this.#clock = clock
    this.#steps = new Steps(clock, isAsync(plan.application))
    this.#network = network
    this.#ledger = ledger
    this.#cluster = cluster
    this.#loop = new ClientLoop(clock)
    this.#application = new Application(plan.application ?? {}, this.#loop, randomOf(plan.seed, 'application'))
    this.#producer = this.#makeProducer(made.producer)
    this.#witness = new Witness(this.#producer, () => clock.monotonicMs())
    this.#keeper = new FateKeeper(cluster, names, Object.keys(plan.cluster.topics))
    this.#effects = plan.events.map(() => 0)
    this.#calls = new Calls({
      loop: this.#loop,
      producer: this.#producer,
      application: this.#application,
      plan: plan.producer
    })
    this.#keeper.openRecords = topic =>
      this.#calls.records.filter(
        record => record.topic === topic && record.fate !== 'acked' && ledger.handedOver.has(record.number)
      )
    const onEffect = (event: StoryEvent): void => void this.#effects[plan.events.indexOf(event)]!++
    this.#clientDeeds = new ClientDeeds({
      loop: this.#loop,
      calls: this.#calls,
      application: this.#application,
      onEffect
    })
    this.#application.act = deed => void this.#clientDeeds.do(deed)
    this.#deeds = new Deeds({
      cluster,
      network,
      names,
      keeper: this.#keeper,
      later: (delayMs, task) => void clock.after(delayMs, task),
      gate,
      breakPipe: times => {
        this.#pipe.broken = times
      },
      onEffect
    })
  }

  #makeProducer(Made: typeof Producer): TextProducer {
    const { bootstrap, producerId, ...options } = this.#plan.producer
    const hosts = this.#cluster.addresses.map((_, place) => `broker-${place + 1}`)
    const hostAt = new Map(
      this.#cluster.addresses.map((address, place) => [Number(address.split(':')[1]), hosts[place]!])
    )
    return new Made({
      bootstrapBrokers: bootstrap ?? hosts,
      // Over sockets all brokers advertise one host.
      ...(this.#clock instanceof TurnClock
        ? { mapAddress: ({ host, port }: HostAndPort) => ({ host: hostAt.get(port) ?? host, port }) }
        : {}),
      transport: clientTransport(this.#network.transport(), this.#loop, this.#ledger, this.#pipe),
      clock: this.#loop,
      random: randomOf(this.#plan.seed, 'client'),
      ...this.#application.options(),
      ...options,
      ...(producerId === undefined ? {} : { producerId: BigInt(producerId) })
    })
  }

  async run(): Promise<RunRecord> {
    const onRejection = (thrown: unknown): void => void this.#steps.thrown.push(thrown)
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onRejection)
    try {
      for (const event of this.#plan.events) {
        if (!this.#clientDeeds.schedule(event)) this.#clock.after(event.atMs, () => void this.#deeds.do(event))
      }
      await this.#steps.until(endOf(this.#plan))
      this.#deeds.heal()
      const healedMs = this.#clock.monotonicMs()
      const { timersFired } = this.#loop
      await this.#settle()
      const probes = await this.#probe()
      const quiet = await this.#rest()
      const leftover = await this.#close(quiet)
      const logs = this.#keeper.logs()
      await this.#cluster.stop()
      return this.#record({ healedMs, timersFired }, probes, leftover, logs)
    } finally {
      process.off('unhandledRejection', onRejection)
      process.off('uncaughtException', onRejection)
    }
  }

  #record(
    story: { readonly healedMs: number; readonly timersFired: number },
    probes: readonly CallRecord[],
    leftover: Leftover,
    logs: RunRecord['logs']
  ): RunRecord {
    return {
      plan: this.#plan,
      calls: this.#calls.calls,
      others: this.#calls.others,
      records: this.#calls.records,
      logs,
      losses: this.#keeper.losses,
      ledger: this.#ledger,
      dataLosses: this.#witness.dataLosses,
      connectionErrors: this.#witness.connectionErrors,
      events: this.#witness.events,
      effects: this.#effects,
      ...story,
      endedMs: this.#clock.monotonicMs(),
      mostQueuedBytes: this.#calls.mostQueuedBytes,
      mostTimersPending: this.#loop.mostTimersPending,
      leftover,
      thrown: this.#steps.thrown.filter(thrown => !(thrown instanceof ApplicationError)),
      application: {
        thrown: this.#application.thrown,
        surfaced: this.#steps.thrown.filter(thrown => thrown instanceof ApplicationError).length,
        failedCompressions: this.#application.failedCompressions
      },
      probes
    }
  }

  // ---- the end ----

  /** Everything that was accepted gets its outcome. */
  async #settle(): Promise<void> {
    const { deliveryTimeout = 120_000, requestTimeout = 30_000 } = this.#plan.producer
    const longest = Math.max(deliveryTimeout, ...this.#calls.calls.map(call => call.deliveryTimeoutMs))
    await this.#steps.while(
      () => this.#calls.unsettled + this.#clientDeeds.left > 0,
      longest + requestTimeout + extraMs
    )
  }

  /** No partition is stuck: each that was written to takes one more. */
  async #probe(): Promise<CallRecord[]> {
    const { probe = true } = this.#plan
    if (!probe || this.#producer.closed) return []
    this.#application.heal()
    const places = new Map<string, { topic: string; partition: number }>()
    for (const record of this.#calls.records) {
      const partition = record.wanted >= 0 ? record.wanted : record.partition
      if (partition < 0 || partition >= this.#cluster.partitionCount(record.topic)) continue
      places.set(`${record.topic}-${partition}`, { topic: record.topic, partition })
    }
    const probes: CallRecord[] = []
    for (const message of places.values()) {
      const call = -1 - probes.length
      this.#loop.later(0, () => void probes.push(this.#calls.send({ kind: 'send', call, messages: [message] })))
    }
    await this.#steps.while(() => probes.length < places.size, extraMs)
    await this.#settle()
    return probes
  }

  /** Zombies are executed; then a while in which nothing happens. */
  async #rest(): Promise<Quiet> {
    const { requestTimeout = 30_000, metadataMaxAge = 300_000 } = this.#plan.producer
    const quietMs = Math.min(longestQuietMs, quietRefreshes * metadataMaxAge)
    await this.#steps.until(this.#clock.monotonicMs() + 2 * requestTimeout)
    const timers = this.#loop.timersFired
    await this.#steps.until(this.#clock.monotonicMs() + quietMs)
    return { quietMs, timers: this.#loop.timersFired - timers }
  }

  async #close(quiet: Quiet): Promise<Leftover> {
    const { queuedBytes, queuedRecords } = this.#producer.stats()
    let close: { readonly settledMs: number } = { settledMs: -1 }
    this.#loop.later(0, () => {
      close = this.#calls.close(undefined)
    })
    const { deliveryTimeout = 120_000, requestTimeout = 30_000 } = this.#plan.producer
    await this.#steps.while(() => close.settledMs < 0, deliveryTimeout + requestTimeout + extraMs)
    await this.#steps.until(this.#clock.monotonicMs() + extraMs)
    return {
      queuedBytes,
      queuedRecords,
      timers: this.#loop.timersPending,
      links: this.#network.links.length,
      closed: close.settledMs >= 0,
      quietMs: quiet.quietMs,
      quietTimers: quiet.timers
    }
  }
}

function isAsync({ password, codec, serializer, throwing }: ApplicationPlan = {}): boolean {
  const hasLateCodec = codec?.delayMs !== undefined || codec?.unreadable === true
  return password !== undefined || hasLateCodec || serializer !== undefined || throwing?.rejects === true
}
