// One node: its folder, its JVM, and when it may be called ready.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { HarnessError } from './failures.ts'
import type { Installation } from './installation.ts'
import { brokerJvmOptions } from './installation.ts'
import type { PartitionView } from './probe.ts'
import { askBroker } from './probe.ts'
import { identify, stateOf } from './processes.ts'
import type { ClusterPlan, NodePlan } from './properties.ts'
import { dataDirectory, propertiesText, serverProperties } from './properties.ts'
import type { NodeState } from './state-file.ts'
import { copyTemplate } from './template.ts'

export const logFile = (node: { directory: string }): string => join(node.directory, 'server.log')

const configurationFile = (node: { directory: string }): string => join(node.directory, 'server.properties')

export interface NodeSetting {
  readonly installation: Installation
  readonly plan: ClusterPlan
  readonly clusterId: string
  /** Formatted log directory to copy. */
  readonly template: string
  readonly jvm: readonly string[]
}

/** Fills the node's folder. Afterwards `launch` starts it, as often as wanted. */
export function prepareNode(setting: NodeSetting, node: NodePlan): NodeState {
  const { installation, plan, clusterId, template, jvm } = setting
  mkdirSync(node.directory, { recursive: true })
  copyTemplate(template, dataDirectory(node), { id: node.id, clusterId })
  writeFileSync(configurationFile(node), propertiesText(serverProperties(plan, node)))
  const options = [...brokerJvmOptions(installation, node.directory), ...jvm, '-cp', installation.classpath]
  const command = [installation.java.path, ...options, 'kafka.Kafka', configurationFile(node)]
  return { ...node, command, process: null }
}

/** Starts the node's JVM apart from this process, its output appended to the log file. */
export function launch(node: NodeState): void {
  const [program = 'java', ...args] = node.command
  const log = openSync(logFile(node), 'a')
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: node.directory })
  closeSync(log)
  // Without a process id it could not be started; waitUntilReady tells, with the log.
  child.on('error', () => undefined)
  child.unref()
  node.process = child.pid === undefined ? null : identify(child.pid, configurationFile(node))
}

export const isRunning = (node: NodeState): boolean => node.process !== null && stateOf(node.process) === 'running'

const isBroker = (node: NodeState): boolean => node.roles !== 'controller'

/**
 * Waits until every broker among the nodes knows a controller and sees exactly these brokers.
 *
 * @throws HarnessError with the end of its log if one of them ends meanwhile, or after the limit
 */
export async function waitUntilReady(nodes: readonly NodeState[], limitMs: number): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  const brokers = nodes.filter(isBroker)
  const expected = brokers.map(node => node.id).join()
  for (;;) {
    const dead = nodes.find(node => node.process === null || stateOf(node.process) === 'ended')
    if (dead !== undefined) throw new HarnessError(`Node ${dead.id} has ended. Its log ends:\n${logTail(dead)}`)
    const views = await Promise.all(brokers.map(node => askBroker(node.ports.PLAINTEXT)))
    if (views.every(view => view !== null && view.controller >= 0 && view.brokers.join() === expected)) return
    if (performance.now() > deadlineMs) {
      const seen = views.map(
        (view, index) => `${brokers[index]?.id} sees ${view === null ? 'nothing' : `[${view.brokers.join()}]`}`
      )
      throw new HarnessError(`Brokers [${expected}] did not find together within ${limitMs} ms: ${seen.join(', ')}`)
    }
    await sleep(40)
  }
}

/**
 * Waits until all running brokers among the nodes say the same of a topic, and it is what is wanted.
 *
 * The controller's word reaches each broker in its own time: a client that asks another one may hear of the past.
 */
export async function waitUntilAgreed(
  nodes: readonly NodeState[],
  topic: string,
  wanted: (partitions: readonly PartitionView[] | null) => boolean,
  limitMs: number
): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  for (;;) {
    const brokers = nodes.filter(node => isBroker(node) && isRunning(node))
    const views = await Promise.all(brokers.map(node => askBroker(node.ports.PLAINTEXT, topic)))
    const [first, ...others] = views.map(view => JSON.stringify(view?.topic))
    if (others.every(other => other === first) && views.every(view => view !== null && wanted(view.topic))) return
    if (performance.now() > deadlineMs) {
      throw new HarnessError(
        `Brokers did not agree on topic ${topic} within ${limitMs} ms: ${[first, ...others].join(' ')}`
      )
    }
    await sleep(20)
  }
}

function logTail(node: NodeState): string {
  if (!existsSync(logFile(node))) return '(no log)'
  return readFileSync(logFile(node), 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
