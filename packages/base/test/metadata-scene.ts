// Metadata of a fake cluster under a manual clock, and who waits for it.
import { isKafkaError, type Callback, type KafkaError } from '@sluice/core'
import type { MetadataRequest } from '@sluice/protocol'
import { Bootstrap } from '../src/bootstrap.ts'
import { MetadataOwner } from '../src/metadata-owner.ts'
import type { TopicWait } from '../src/metadata.ts'
import type { Cancellable } from '../src/request.ts'
import { Router } from '../src/route.ts'
import type { TopicInfo } from '../src/snapshot.ts'
import { FakeCluster, FakePool, type Answers } from './fake-pool.ts'

type Told = TopicInfo | KafkaError

/** Metadata of a fake cluster: three brokers behind one bootstrap address. */
export class Scene {
  readonly cluster = new FakeCluster()
  readonly pool = new FakePool(asked => this.answers(asked))
  readonly told: [name: string, atMs: number, outcome: Told][] = []
  readonly metadata: MetadataOwner
  answers: Answers = this.cluster.answers

  constructor(bootstrap: readonly string[] = ['start'], maxAgeMs = 300_000) {
    const { clock, random } = this.pool
    const router = new Router(
      this.pool,
      new Bootstrap({ brokers: bootstrap, clock, random, timeoutMs: 10_000 }),
      random
    )
    const retryDelay = ({ attempt }: { attempt: number }): number => Math.min(1_000, 100 * 2 ** (attempt - 1))
    this.metadata = new MetadataOwner({ clock, observer: {}, pool: this.pool, router, retryDelay, maxAgeMs })
  }

  wait(name: string, options: Partial<TopicWait> & { withinMs?: number } = {}): Cancellable {
    const { withinMs = 60_000, ...rest } = options
    const { clock } = this.pool
    const deadlineMs = clock.monotonicMs() + withinMs
    const callback: Callback<TopicInfo> = (...[error, info]) =>
      void this.told.push([name, clock.monotonicMs(), error ?? info])
    return this.metadata.topic(name, { autocreate: false, deadlineMs, ...rest }, callback)
  }

  advance(ms: number): void {
    this.pool.clock.advance(ms)
  }

  /** The one outcome there is by now, and when it came. */
  outcome(): [atMs: number, outcome: Told] {
    if (this.told.length !== 1) throw new Error(`${this.told.length} outcomes where one was expected`)
    const [, atMs, outcome] = this.told[0]!
    return [atMs, outcome]
  }

  error(): [atMs: number, error: KafkaError] {
    const [atMs, outcome] = this.outcome()
    if (!isKafkaError(outcome)) throw new Error('A topic was found where an error was expected')
    return [atMs, outcome]
  }

  get requests(): MetadataRequest[] {
    return this.pool.asked.map(({ request }) => request as MetadataRequest)
  }

  topicsAsked(): string[][] {
    return this.requests.map(({ topics }) => topics!.map(({ name }) => name!))
  }
}

/** A scene that knows topic `t`. */
export function settled(leaders: readonly number[] = [1, 2, 3]): Scene {
  const scene = new Scene()
  scene.cluster.topics.set('t', { leaders })
  scene.wait('t')
  scene.advance(10_000)
  scene.told.length = 0
  scene.pool.asked.length = 0
  return scene
}
