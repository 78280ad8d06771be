// One client's connection at a broker: one request at a time, answers in order, deaf while it works.
import { CorruptFrameError, surface, type StreamEvents } from '@sluice/core'
import { errorCodes, Reader, type VersionRange } from '@sluice/protocol'
import { unsupportedApiVersions } from './answers/api-versions.ts'
import { wholeCode, type BrokerApi, type Fault, type RequestContext } from './broker-api.ts'
import type { ApiName } from './broker-apis.ts'
import { check } from './checks.ts'
import type { BrokerLife } from './broker-life.ts'
import type { ClusterState } from './cluster-state.ts'
import { FrameSplitter } from './frame-splitter.ts'
import {
  errorCodeRule,
  type ConnectionHandle,
  type InterceptedRequest,
  type Interception,
  type Interceptors
} from './interceptors.ts'
import { encodeResponse, readRequestHeader, type RequestHeader } from './messages/server-api.ts'
import type { SaslGate } from './sasl-gate.ts'
import type { ServerStream } from './server-stream.ts'

/**
 * What a broker does for a client that has gone: nothing more, only what it had begun, or everything that it had received.
 * `begun` is what Kafka does: a broker that works for a client does not see that it closes, and goes on reading afterwards
 * until an answer cannot be delivered; a reset ends it after what was begun. Seen at Kafka 4.3.1.
 */
export type AbandonedRequests = 'dropped' | 'begun' | 'all'

/** The broker as its connections see it. */
export interface ConnectionHost {
  readonly id: number
  readonly cluster: ClusterState
  readonly interceptors: Interceptors
  readonly gate: SaslGate
  readonly abandonedRequests: AbandonedRequests
  /** The one that the broker is in now. */
  readonly life: BrokerLife
  find(apiKey: number): OfferedApi | undefined
  closed(connection: BrokerConnection): void
}

export interface OfferedApi {
  readonly name: ApiName
  readonly api: BrokerApi<unknown, unknown>
  readonly versions: VersionRange
}

interface Exchange {
  readonly offered: OfferedApi
  readonly header: RequestHeader
  readonly request: unknown
  readonly plan: Interception
}

const longestRequestBytes = 104_857_600
const apiVersionsKey = 18
const nothingPlanned: Interception = {}

export class BrokerConnection implements StreamEvents, ConnectionHandle {
  readonly id: number
  readonly #host: ConnectionHost
  /** Of the broker when the connection was made: what began in it ends with it, whatever becomes of the connection. */
  readonly #life: BrokerLife
  readonly #stream: ServerStream
  readonly #frames = new FrameSplitter(longestRequestBytes)
  readonly #abandoned: (() => void)[] = []
  #busy = false
  #serving = false
  #reading = true
  #closeAfterAnswer = false
  #gone = false
  #receivedBytes = 0
  #closeAt: { readonly bytes: number; readonly how: 'end' | 'reset' } | null = null

  constructor(id: number, host: ConnectionHost, stream: ServerStream) {
    this.id = id
    this.#host = host
    this.#life = host.life
    this.#stream = stream
    this.#listenOrNot()
  }

  get brokerId(): number {
    return this.#host.id
  }

  close(how: 'end' | 'reset' = 'reset'): void {
    if (how === 'end') this.#stream.end()
    else this.#stream.reset()
  }

  closeAfterReceiving(bytes: number, how: 'end' | 'reset' = 'reset'): void {
    this.#closeAt = { bytes: this.#receivedBytes + bytes, how }
  }

  pause(): void {
    this.#listenOrNot()
  }

  resume(): void {
    this.#serve()
  }

  onOpen(): void {}

  onDrain(): void {}

  onData(chunk: Uint8Array): void {
    const closeAt = this.#closeAt
    const wanted = closeAt === null ? chunk : chunk.subarray(0, Math.max(0, closeAt.bytes - this.#receivedBytes))
    this.#receivedBytes += wanted.length
    if (!this.#frames.push(wanted)) return this.close('end')
    this.#serve()
    if (closeAt !== null && this.#receivedBytes >= closeAt.bytes) this.close(closeAt.how)
  }

  onClose(): void {
    if (this.#gone) return
    this.#gone = true
    for (const listener of this.#abandoned) listener()
    this.#host.gate.forget(this.id)
    this.#host.closed(this)
    if (this.#host.abandonedRequests === 'all') this.#serve()
  }

  #serve(): void {
    if (this.#serving) return
    this.#serving = true
    while (!this.#busy && !this.#life.over && !this.#life.suspended) {
      if (this.#gone && this.#host.abandonedRequests !== 'all') break
      const frame = this.#frames.take()
      if (frame === undefined) break
      this.#busy = true
      this.#begin(frame)
    }
    this.#serving = false
    this.#listenOrNot()
  }

  #listenOrNot(): void {
    // Who has gone is seen by who reads: a broker that does as Kafka does learns of it after what it was asked before.
    const ahead = this.#host.abandonedRequests !== 'begun'
    const reading = !this.#life.suspended && (ahead || !this.#busy)
    if (reading === this.#reading || this.#gone) return
    this.#reading = reading
    if (reading) this.#stream.resume()
    else this.#stream.pause()
  }

  #begin(frame: Buffer): void {
    let exchange: Exchange | null
    try {
      exchange = this.#read(frame)
    } catch (error) {
      if (!(error instanceof CorruptFrameError)) throw error
      return this.close('end')
    }
    if (exchange !== null) this.#intercept(exchange)
  }

  /** Null: there is nothing to do any more. @throws CorruptFrameError */
  #read(frame: Buffer): Exchange | null {
    const reader = new Reader(frame)
    const header = readRequestHeader(reader, key => this.#host.find(key)?.api.codec)
    const offered = this.#host.find(header.apiKey)
    if (offered === undefined) return this.#hangUp()
    const { api, name, versions } = offered
    if (header.apiVersion > versions.max && header.apiKey === apiVersionsKey)
      return this.#refuseVersion(header, offered)
    if (header.apiVersion < versions.min || header.apiVersion > versions.max) return this.#hangUp()
    const admission = this.#host.gate.admits(this.id, name)
    if (admission === 'close') return this.#hangUp()
    const request = api.codec.readRequest(reader, header.apiVersion)
    if (admission === 'refuse') return this.#refuseState(header, offered, request)
    return { offered, header, request, plan: nothingPlanned }
  }

  #hangUp(): null {
    this.close('end')
    return null
  }

  #refuseVersion(header: RequestHeader, { api, versions }: OfferedApi): null {
    const response = unsupportedApiVersions({ key: apiVersionsKey, ...versions })
    this.#write(encodeResponse(api.codec, 0, header.correlationId, response).segments, nothingPlanned)
    return null
  }

  #refuseState(header: RequestHeader, { api }: OfferedApi, request: unknown): null {
    const response = api.refuse(request, errorCodes.ILLEGAL_SASL_STATE, this.#contextOf(header))
    this.#closeAfterAnswer = true
    this.#write(encodeResponse(api.codec, header.apiVersion, header.correlationId, response).segments, nothingPlanned)
    return null
  }

  #intercept(exchange: Exchange): void {
    const { offered, header, request } = exchange
    // The request was read by the codec of this very name.
    const event = {
      api: offered.name,
      version: header.apiVersion,
      correlationId: header.correlationId,
      clientId: header.clientId,
      brokerId: this.#host.id,
      connection: this,
      request
    } as InterceptedRequest
    this.#attempt(() => {
      const plan = this.#host.interceptors.ask(event)
      if (plan instanceof Promise) void this.#settle(exchange, plan)
      else this.#follow(exchange, plan)
    })
  }

  async #settle(exchange: Exchange, plan: Promise<Interception | undefined>): Promise<void> {
    try {
      this.#follow(exchange, await plan)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #follow(exchange: Exchange, plan: Interception = nothingPlanned): void {
    this.#waitThen(plan.delay, () => this.#execute({ ...exchange, plan }))
  }

  #waitThen(delayMs: number | undefined, step: () => void): void {
    const attempt = (): void => this.#attempt(step)
    if (delayMs === undefined || delayMs <= 0) this.#life.go(attempt)
    else this.#life.after(delayMs, attempt)
  }

  /** For steps in which the test has its hand. */
  #attempt(step: () => void): void {
    try {
      step()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  // Story: a handler threw, the broker was busy for ever, and the client waited for its answer until its own time was over.
  #fail(thrown: unknown): void {
    surface(thrown)
    this.close('reset')
  }

  #execute(exchange: Exchange): void {
    const { offered, header, request, plan } = exchange
    if (this.#gone && this.#host.abandonedRequests === 'dropped') return
    const { api } = offered
    const context = this.#contextOf(header)
    const fault = faultOf(plan)
    let answered = false
    const answer = (response: unknown): void => {
      if (answered) throw new Error(`${offered.name} was answered twice`)
      answered = true
      this.#answer(exchange, response)
    }
    if (fault === null && plan.execute === false) return answer(null)
    if (fault === null) return api.execute(request, context, answer)
    if (api.executeWith !== undefined) return api.executeWith(request, fault, context, answer)
    const errorCode = wholeCode(fault)
    if (errorCode === 0) return api.execute(request, context, answer)
    const refuse = (): void => answer(api.refuse(request, errorCode, context))
    if (fault.when === 'instead') refuse()
    else api.execute(request, context, refuse)
  }

  #contextOf(header: RequestHeader): RequestContext {
    return {
      cluster: this.#host.cluster,
      brokerId: this.#host.id,
      version: header.apiVersion,
      clientId: header.clientId,
      connectionId: this.id,
      life: this.#life,
      onAbandoned: listener => void this.#abandoned.push(listener),
      close: () => {
        this.#closeAfterAnswer = true
      }
    }
  }

  #answer(exchange: Exchange, response: unknown): void {
    const { plan } = exchange
    this.#abandoned.length = 0
    this.#waitThen(plan.answerDelay, () => this.#send(exchange, response))
  }

  #send(exchange: Exchange, response: unknown): void {
    const { offered, header, plan } = exchange
    if (plan.drop === 'skip') return this.#finish(plan)
    if (plan.drop === true || (plan.execute === false && response === null && plan.cut === undefined)) return
    if (response === null && plan.cut === undefined) return this.#finish(plan)
    if (response === null) return this.#cut(Buffer.alloc(0), 0, plan)
    const changed = changeAnswer(plan, response)
    const { segments } = encodeResponse(offered.api.codec, header.apiVersion, header.correlationId, changed)
    if (plan.cut === undefined && plan.bytes === undefined) return this.#write(segments, plan)
    const frame = Buffer.concat(segments)
    const bytes = plan.bytes?.(frame) ?? frame
    if (plan.cut === undefined) this.#write([bytes], plan)
    else this.#cut(bytes, plan.cut, plan)
  }

  #cut(bytes: Uint8Array, at: number, plan: Interception): void {
    const how = plan.cutBy ?? (at === 0 ? 'reset' : 'end')
    if (at === 0) this.close(how)
    else this.#stream.write([bytes.subarray(0, at)], () => this.close(how))
  }

  #write(segments: readonly Uint8Array[], plan: Interception): void {
    if (this.#gone) return this.#finish(plan)
    let flushed = false
    let waiting = false
    const room = this.#stream.write(segments, () => {
      flushed = true
      if (waiting) this.#finish(plan)
    })
    // The next request is not looked at before this answer has left.
    if (room || flushed) this.#finish(plan)
    else waiting = true
  }

  #finish(plan: Interception): void {
    if (this.#closeAfterAnswer) return this.close('end')
    this.#waitThen(plan.throttle, () => {
      this.#busy = false
      this.#serve()
    })
  }
}

function faultOf(plan: Interception): Fault | null {
  const { error, execute } = plan
  if (error === undefined) return null
  const code = (topic: string, partition: number): number => {
    const given = typeof error === 'number' ? error : error(topic, partition)
    check(errorCodeRule, given, 'What the error function gives')
    return given
  }
  return { code, when: execute === true ? 'after' : 'instead' }
}

function changeAnswer(plan: Interception, response: unknown): unknown {
  // Whoever planned this asked for the API of this response, and every response but SASL's has room for a throttle time.
  const change = plan.answer as ((response: unknown) => unknown) | undefined
  const changed = change === undefined ? response : change(response)
  return plan.throttle === undefined ? changed : { ...(changed as object), throttleTimeMs: plan.throttle }
}
