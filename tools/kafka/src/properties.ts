// server.properties of one node, as a pure function of the plan.
import { join } from 'node:path'

import type { ClientListener, NodePorts } from './ports.ts'
import { clientListeners } from './ports.ts'
import type { Release } from './versions.ts'

export type Roles = 'broker,controller' | 'broker' | 'controller'
export type Properties = Readonly<Record<string, string>>

export interface NodePlan {
  readonly id: number
  readonly roles: Roles
  readonly ports: NodePorts
  /** Holds `data`, `server.properties` and `server.log`. */
  readonly directory: string
}

export interface ClusterPlan {
  readonly release: Release
  readonly nodes: readonly NodePlan[]
  /** Holds `ca.pem` and `server.pem`. */
  readonly certificates: string
  /** Name to password. */
  readonly users: Readonly<Record<string, string>>
  /** Win over everything here. */
  readonly properties: Properties
}

const isController = (node: NodePlan): boolean => node.roles !== 'broker'
const isBroker = (node: NodePlan): boolean => node.roles !== 'controller'

export function serverProperties(plan: ClusterPlan, node: NodePlan): Properties {
  const brokers = plan.nodes.filter(isBroker).length
  return {
    'process.roles': node.roles,
    'node.id': String(node.id),
    'controller.quorum.voters': plan.nodes.filter(isController).map(voter).join(','),
    'log.dirs': dataDirectory(node),
    ...listenerProperties(node),
    ...tlsProperties(plan),
    ...saslProperties(mechanismsOf(plan.release), plan.users),
    ...replicationProperties(brokers, plan.release),
    ...haste,
    ...plan.properties
  }
}

export function dataDirectory(node: NodePlan): string {
  return join(node.directory, 'data')
}

export function mechanismsOf(release: Release): readonly string[] {
  return release.scram ? ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] : ['PLAIN', 'OAUTHBEARER']
}

/** The text of a Java properties file: backslashes and line ends are escaped, names are taken as they are. */
export function propertiesText(properties: Properties): string {
  return Object.entries(properties).map(propertyLine).join('')
}

const propertyLine = ([name, value]: [string, string]): string =>
  `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}\n`

const voter = (node: NodePlan): string => `${node.id}@127.0.0.1:${node.ports.CONTROLLER}`

function listenerProperties(node: NodePlan): Properties {
  const address = (name: keyof NodePorts, host: string): string => `${name}://${host}:${node.ports[name]}`
  const controller = isController(node) ? [address('CONTROLLER', '127.0.0.1')] : []
  const forClients = isBroker(node) ? clientListeners : []
  const internal = isBroker(node) ? [address('INTERNAL', '127.0.0.1')] : []
  const listeners = [...controller, ...internal, ...forClients.map(name => address(name, '127.0.0.1'))]
  const advertised = [...internal, ...forClients.map(name => address(name, advertisedHost(name)))]
  const security = 'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,MTLS:SSL'
  return {
    listeners: listeners.join(','),
    ...(advertised.length > 0 ? { 'advertised.listeners': advertised.join(',') } : {}),
    'listener.security.protocol.map': `${security},SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL'
  }
}

/** Behind TLS a name, so that host names are verified; elsewhere an address, so that nothing is looked up. */
export function advertisedHost(listener: ClientListener): string {
  return listener === 'PLAINTEXT' || listener === 'SASL_PLAINTEXT' ? '127.0.0.1' : 'localhost'
}

function tlsProperties(plan: ClusterPlan): Properties {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(plan.certificates, 'server.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(plan.certificates, 'ca.pem'),
    'ssl.client.auth': 'none',
    'listener.name.mtls.ssl.client.auth': 'required'
  }
}

export function saslProperties(mechanisms: readonly string[], users: ClusterPlan['users']): Properties {
  const properties: Record<string, string> = { 'sasl.enabled.mechanisms': mechanisms.join(',') }
  for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
    for (const mechanism of mechanisms) {
      properties[`listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`] = jaas(mechanism, users)
    }
  }
  return properties
}

function jaas(mechanism: string, users: ClusterPlan['users']): string {
  const security = 'org.apache.kafka.common.security'
  switch (mechanism) {
    case 'PLAIN': {
      const entries = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`)
      return `${security}.plain.PlainLoginModule required${entries.join('')};`
    }
    case 'OAUTHBEARER': {
      const options = 'unsecuredLoginStringClaim_sub="broker" unsecuredValidatorAllowableClockSkewMs="3000"'
      return `${security}.oauthbearer.OAuthBearerLoginModule required ${options};`
    }
    default:
      return `${security}.scram.ScramLoginModule required;`
  }
}

function replicationProperties(brokers: number, release: Release): Properties {
  const factor = String(Math.min(brokers, 3))
  const inSync = String(brokers >= 3 ? 2 : 1)
  return {
    'default.replication.factor': factor,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': inSync,
    ...(release.shareGroups
      ? {
          'share.coordinator.state.topic.replication.factor': factor,
          'share.coordinator.state.topic.min.isr': inSync,
          'share.coordinator.state.topic.num.partitions': '1'
        }
      : {})
  }
}

/** Little memory, few threads, and faults noticed in seconds. */
const haste: Properties = {
  'num.partitions': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'num.network.threads': '2',
  'num.io.threads': '2',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'log.segment.bytes': '16777216',
  'log.index.size.max.bytes': '1048576',
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '3000',
  'replica.lag.time.max.ms': '3000',
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1000'
}
