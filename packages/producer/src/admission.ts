// Lets messages in: each waits until its topic is known and memory is there, in call order, then goes into a batch.
import { BufferFullError, TimeoutError, type Clock, type KafkaError } from '@sluice/core'
import type { Topic } from './accumulator.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Placement } from './placement.ts'
import type { SendOperation } from './send-operation.ts'
import type { TopicGate } from './topic-gate.ts'
import { endOf, indexAt, newLine, type WaitingCall, type WaitingMessages } from './waiting-messages.ts'

export interface AdmissionParts {
  readonly clock: Clock
  readonly gate: TopicGate
  readonly placement: Placement
  readonly budget: MemoryBudget
  /** Somebody began to wait for memory. */
  readonly onStarved: () => void
  /** Something waits until this time at the latest. */
  readonly onDeadline: (atMs: number) => void
  /** Fewer wait now, perhaps. */
  readonly onAdmitted: () => void
  /** Messages left a line without having been let in: others may need less. Calls `resume` when the turn ends. */
  readonly onLeft: () => void
}

export class Admission {
  readonly #parts: AdmissionParts
  /** Calls that wait for memory, in call order. */
  readonly #line: WaitingMessages[] = []
  /** Topics that are known, whose messages wait for memory. */
  readonly #blockedTopics = new Set<Topic>()
  #waiting = 0
  /** The calls of which any wait. */
  readonly #waitingOf = new Map<SendOperation, WaitingCall>()
  /** Monotonic: when the messages that are gone through now began to be. */
  #passMs = 0
  /** The call whose messages are gone through. */
  #advancing: SendOperation | null = null
  /** Serializers, partitioners or callbacks of users may be running: what they begin waits until they have returned. */
  #admitting = false
  #postponed: (() => void)[] = []

  constructor(parts: AdmissionParts) {
    this.#parts = parts
    parts.gate.onPasses(topic => this.#releaseTopic(topic))
  }

  /** Messages that are not in a batch yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Somebody waits for memory. */
  get starved(): boolean {
    return this.#line.length > 0 || this.#blockedTopics.size > 0
  }

  /** Lets the call's messages in as far as they need not wait. */
  submit(operation: SendOperation): void {
    if (this.#line.length > 0 || this.#admitting) {
      const line = newLine(operation, null, 0, operation.startedAt.monotonicMs)
      this.#line.push(line)
      this.#wait(line)
      return
    }
    this.#parts.placement.epochMs = operation.startedAt.epochMs
    this.#passMs = operation.startedAt.monotonicMs
    this.#admitting = true
    const at = this.#advance(operation, 0)
    if (at < operation.count) {
      const line = newLine(operation, null, at, operation.startedAt.monotonicMs)
      // Story: a serializer of this call made a call of its own, which waits already. It was made later.
      this.#line.unshift(line)
      this.#wait(line)
    }
    this.#letGoOf(operation)
    this.#calm()
  }

  #wait(line: WaitingMessages): void {
    this.#count(line.operation, line.operation.count - line.at)
    this.#armFor(line)
    this.#parts.onStarved()
  }

  #count(operation: SendOperation, waiting: number): void {
    this.#waiting += waiting
    let call = this.#waitingOf.get(operation)
    if (call === undefined) this.#waitingOf.set(operation, (call = { left: 0, foundMs: -Infinity }))
    call.left += waiting
    if (call.left === 0) this.#waitingOf.delete(operation)
  }

  /** One of the call's messages has found memory: the others may wait as long as ever. */
  #found(operation: SendOperation): void {
    const call = this.#waitingOf.get(operation)
    if (call !== undefined) call.foundMs = this.#parts.clock.monotonicMs()
  }

  /** Its messages are not needed, unless some wait, or it is being gone through and a topic has just let others pass. */
  #letGoOf(operation: SendOperation): void {
    if (this.#waiting > 0 && this.#waitingOf.has(operation)) return
    if (operation !== this.#advancing) operation.letGo()
  }

  /** Runs the task when no code of users is under way in here: now, if none is. */
  whenCalm(task: () => void): void {
    if (this.#admitting) this.#postponed.push(task)
    else task()
  }

  #calm(): void {
    this.#admitting = false
    if (this.#postponed.length > 0) for (const task of this.#postponed.splice(0)) task()
    if (this.#line.length > 0) this.resume()
  }

  #armFor(line: WaitingMessages): void {
    const { operation } = line
    this.#parts.onDeadline(Math.min(operation.deadlineMs, line.sinceMs + operation.settings.bufferTimeoutMs))
  }

  /** Memory came back. */
  resume(): void {
    if (this.#waiting === 0 || this.#admitting) return
    this.#parts.placement.epochMs = this.#parts.clock.epochMs()
    this.#passMs = this.#parts.clock.monotonicMs()
    this.#admitting = true
    this.#drainLine()
    this.#admitting = false
    for (const task of this.#postponed.splice(0)) task()
    this.#parts.onAdmitted()
  }

  #drainLine(): void {
    for (const topic of this.#blockedTopics) if (!this.#drainParked(topic)) return
    while (this.#line.length > 0) {
      const line = this.#line[0]!
      const before = line.at
      line.at = this.#advance(line.operation, before)
      if (line.at > before) this.#found(line.operation)
      this.#count(line.operation, before - line.at)
      if (line.at < line.operation.count) return
      this.#line.shift()
      this.#letGoOf(line.operation)
    }
  }

  /** @returns the first message that finds no memory; all of them passed when it is none of the call's */
  // hot: bench
  #advance(operation: SendOperation, from: number): number {
    const { count } = operation
    this.#advancing = operation
    let at = from
    while (at < count && !operation.settled && this.#admit(operation, at)) at++
    this.#advancing = null
    return operation.settled ? count : at
  }

  /** @returns false when it must wait for memory; true when it is in a batch, parked for its topic, or failed */
  // hot: bench
  #admit(operation: SendOperation, index: number): boolean {
    if (operation.skips(index)) return true
    let topic: Topic
    try {
      topic = this.#parts.gate.topicOf(operation.messages[index]!)
    } catch (cause) {
      this.#parts.placement.fail(operation, index, operation.topicNameOf(index), null, cause)
      return true
    }
    if (topic.passes) return this.#parts.placement.place(topic, operation, index)
    this.#park(topic, operation, index)
    return true
  }

  #park(topic: Topic, operation: SendOperation, index: number): void {
    this.#count(operation, 1)
    const last = topic.parked.at(-1)
    // What joins later has its own time to wait.
    if (last !== undefined && last.operation === operation && last.indexes !== null && last.sinceMs === this.#passMs) {
      last.indexes.push(index)
      return
    }
    const line = newLine(operation, [index], 0, this.#passMs)
    topic.parked.push(line)
    this.#parts.gate.open(topic, operation)
    this.#armFor(line)
  }

  // ---- topics that became known, or never will ----

  #releaseTopic(topic: Topic): void {
    this.#parts.placement.epochMs = this.#parts.clock.epochMs()
    // A topic may be found to pass while a call is being let in.
    const isFirst = !this.#admitting
    this.#admitting = true
    this.#drainParked(topic)
    if (!isFirst) return
    this.#calm()
    this.#parts.onAdmitted()
  }

  /** @returns false when memory ran out */
  #drainParked(topic: Topic): boolean {
    while (topic.parked.length > 0) {
      const line = topic.parked[0]!
      const indexes = line.indexes!
      while (line.at < indexes.length && !line.operation.settled) {
        const index = indexes[line.at]!
        if (!this.#parts.placement.place(topic, line.operation, index)) {
          this.#blockedTopics.add(topic)
          this.#parts.onStarved()
          return false
        }
        line.at++
        this.#found(line.operation)
        this.#count(line.operation, -1)
      }
      this.#count(line.operation, line.at - indexes.length)
      topic.parked.shift()
      this.#letGoOf(line.operation)
    }
    this.#blockedTopics.delete(topic)
    return true
  }

  /** Everything that waits for this topic fails. */
  failParked(topic: Topic, error: KafkaError): void {
    this.#blockedTopics.delete(topic)
    this.#failLines(topic.parked, topic.name, error)
  }

  /** Those that stand there now, one after another: a callback of one may abort another, or send again. */
  #failLines(lines: WaitingMessages[], topic: string | null, error: KafkaError): void {
    for (const line of [...lines]) {
      if (lines[0] !== line) continue
      lines.shift()
      this.#parts.onLeft()
      this.#failLine(line, topic, error)
    }
  }

  #failLine(line: WaitingMessages, topic: string | null, error: KafkaError): void {
    const { operation } = line
    const end = endOf(line)
    this.#count(operation, line.at - end)
    for (; line.at < end && !operation.settled; line.at++) {
      const index = indexAt(line)
      if (operation.skips(index)) continue
      operation.failed(index, topic ?? operation.topicNameOf(index), null, error.withOutcome('not-persisted'))
    }
  }

  // ---- time, cancelling, the end ----

  /** Fails what has waited too long. @returns when to look again, monotonic milliseconds */
  expire(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY
    for (const topic of this.#parts.gate.topics()) {
      nextMs = Math.min(nextMs, this.#expireLines(topic.parked, topic, nowMs))
      if (topic.parked.length === 0) this.#blockedTopics.delete(topic)
    }
    return Math.min(nextMs, this.#expireLines(this.#line, null, nowMs))
  }

  #expireLines(lines: WaitingMessages[], topic: Topic | null, nowMs: number): number {
    const isForMemory = topic === null || this.#isOnlyForMemory(topic)
    let nextMs = Number.POSITIVE_INFINITY
    for (const line of [...lines]) {
      // A callback of one that expired may have aborted this one.
      if (!lines.includes(line)) continue
      const { operation } = line
      const foundMs = isForMemory ? (this.#waitingOf.get(operation)?.foundMs ?? -Infinity) : -Infinity
      const bufferMs = Math.max(line.sinceMs, foundMs) + operation.settings.bufferTimeoutMs
      const dueMs = Math.min(bufferMs, operation.deadlineMs)
      if (dueMs > nowMs && !operation.settled) {
        nextMs = Math.min(nextMs, dueMs)
        continue
      }
      lines.splice(lines.indexOf(line), 1)
      this.#parts.onLeft()
      this.#failLine(line, topic?.name ?? null, this.#waitedTooLong(line, topic, bufferMs <= nowMs))
    }
    return nextMs
  }

  #isOnlyForMemory({ info, prepared, denied }: Topic): boolean {
    return info !== null && prepared && !denied
  }

  #waitedTooLong(line: WaitingMessages, topic: Topic | null, isBufferTimeout: boolean): KafkaError {
    const { settings } = line.operation
    const limitMs = isBufferTimeout ? settings.bufferTimeoutMs : settings.profile.deliveryTimeoutMs
    const option = isBufferTimeout ? 'bufferTimeout' : 'deliveryTimeout'
    const outcome = 'not-persisted'
    if (topic !== null && !this.#isOnlyForMemory(topic)) {
      const isKnown = topic.info !== null && !topic.denied
      const what = isKnown ? 'A serializer was not prepared for' : 'No metadata for'
      const cause = isKnown ? null : this.#parts.gate.whyUnknown(topic.name)
      const why = cause === null ? '' : `: ${cause.message}`
      return new TimeoutError(`${what} topic ${topic.name} within ${option} (${limitMs} ms)${why}`, {
        operation: isKnown ? 'prepare' : 'metadata',
        limitMs,
        outcome,
        cause: cause ?? undefined
      })
    }
    const { usedBytes, limitBytes } = this.#parts.budget
    const text = `No memory within ${option} (${limitMs} ms): ${usedBytes} of bufferMemory (${limitBytes} bytes) in use`
    return new BufferFullError(text, { outcome })
  }

  /** The call was aborted: its waiting messages leave. They are not told; the call has been. @returns how many left */
  withdraw(operation: SendOperation): number {
    let records = 0
    for (const topic of this.#parts.gate.topics()) {
      records += this.#withdrawFrom(topic.parked, operation)
      if (topic.parked.length === 0) this.#blockedTopics.delete(topic)
    }
    return records + this.#withdrawFrom(this.#line, operation)
  }

  #withdrawFrom(lines: WaitingMessages[], operation: SendOperation): number {
    let records = 0
    for (const line of lines.filter(each => each.operation === operation)) {
      lines.splice(lines.indexOf(line), 1)
      this.#parts.onLeft()
      const end = endOf(line)
      this.#count(operation, line.at - end)
      // Those that have their outcome already are no records any more.
      for (; line.at < end; line.at++) if (!operation.skips(indexAt(line))) records++
    }
    return records
  }

  abandon(error: KafkaError): void {
    for (const topic of this.#parts.gate.topics()) this.failParked(topic, error)
    this.#failLines(this.#line, null, error)
  }
}
