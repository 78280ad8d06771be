// How tests begin: with a connection that is ready, or with one that is about to try.
import type { KafkaError } from '@sluice/core'
import type { BrokerConnection } from '../src/connection.ts'
import { Outcomes, Stage, type ScriptedStream } from './stage.ts'

export function start(options = {}): {
  stage: Stage
  connection: BrokerConnection
  stream: ScriptedStream
  told: Outcomes
} {
  const stage = new Stage()
  const connection = stage.ready(options)
  return { stage, connection, stream: stage.stream, told: new Outcomes() }
}

export interface Attempt {
  readonly stage: Stage
  readonly connection: BrokerConnection
  /** States, `ready` and how it ended. */
  readonly story: string[]
  readonly error: () => KafkaError | null | undefined
}

export function attempt(stage: Stage = new Stage(), options = {}): Attempt {
  const story: string[] = []
  const observer = { onConnection: ({ state }: { state: string }) => void story.push(state) }
  let error: KafkaError | null | undefined
  const connection = stage.connection({ observer, ...options }, made => made.on('close', cause => (error = cause)))
  return { stage, connection, story, error: () => error }
}
