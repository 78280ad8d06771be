// What it takes to answer one API: the codec of its messages, what is done, and how it is refused.
import type { BrokerLife } from './broker-life.ts'
import type { ClusterState } from './cluster-state.ts'
import type { ServerApi } from './messages/server-api.ts'

/** Where a request came from and what it may ask for besides its answer. */
export interface RequestContext {
  readonly cluster: ClusterState
  readonly brokerId: number
  readonly version: number
  readonly clientId: string | null
  readonly connectionId: number
  /** The broker's, in which what is to be done later is done. */
  readonly life: BrokerLife
  /** Called once when the connection is gone before the answer. */
  onAbandoned(listener: () => void): void
  /** Ends the connection, after the answer if there is one. */
  close(): void
}

/** Null: there is no answer to this request. */
export type Answer<Response> = (response: Response | null) => void

/** An error that a test wants. */
export interface Fault {
  /** 0: no error. Asked with partition -1 for a topic as a whole, and with an empty topic as well for all that was asked. */
  code(topic: string, partition: number): number
  /** `instead` of doing what was asked, or `after` it was done. */
  readonly when: 'instead' | 'after'
}

export interface BrokerApi<Request, Response> {
  readonly codec: ServerApi<Request, Response>
  execute(request: Request, context: RequestContext, answer: Answer<Response>): void
  /** The answer that says this error and nothing else. */
  refuse(request: Request, errorCode: number, context: RequestContext): Response
  /** For APIs whose topics or partitions fail one by one: what the fault spares is done as if there was none. */
  executeWith?(request: Request, fault: Fault, context: RequestContext, answer: Answer<Response>): void
}

/** The error of all that was asked. */
export function wholeCode(fault: Fault): number {
  return fault.code('', -1)
}
