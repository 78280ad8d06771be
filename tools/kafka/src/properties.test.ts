// What server.properties says, for one node, three, and a controller apart.
import { describe, expect, test } from 'vitest'

import { portsFrom } from './ports.ts'
import type { ClusterPlan, NodePlan, Properties } from './properties.ts'
import { propertiesText, serverProperties } from './properties.ts'
import { releaseOf } from './versions.ts'

function plan(
  nodes: readonly Pick<NodePlan, 'id' | 'roles'>[],
  version = '4.3.1',
  properties: Properties = {}
): ClusterPlan {
  return {
    release: releaseOf(version),
    nodes: nodes.map((node, index) => ({
      ...node,
      ports: portsFrom(9092, index),
      directory: `/clusters/c/node${node.id}`
    })),
    certificates: '/clusters/c/certificates',
    users: { alice: 'alice-secret' },
    properties
  }
}

function propertiesOf(cluster: ClusterPlan, id: number): Properties {
  const node = cluster.nodes.find(each => each.id === id)
  if (node === undefined) throw new Error(`no node ${id}`)
  return serverProperties(cluster, node)
}

const combined = (id: number): Pick<NodePlan, 'id' | 'roles'> => ({ id, roles: 'broker,controller' })

describe('server.properties', () => {
  test('makes one node broker and controller, with every listener on loopback', () => {
    const properties = propertiesOf(plan([combined(1)]), 1)
    expect(properties).toMatchObject({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': '1@127.0.0.1:9098',
      'log.dirs': '/clusters/c/node1/data',
      'default.replication.factor': '1',
      'min.insync.replicas': '1',
      'transaction.state.log.replication.factor': '1'
    })
    expect(properties['listeners']?.split(',').toSorted()).toEqual([
      'CONTROLLER://127.0.0.1:9098',
      'INTERNAL://127.0.0.1:9097',
      'MTLS://127.0.0.1:9096',
      'PLAINTEXT://127.0.0.1:9092',
      'SASL_PLAINTEXT://127.0.0.1:9094',
      'SASL_SSL://127.0.0.1:9095',
      'SSL://127.0.0.1:9093'
    ])
    expect(properties['advertised.listeners']?.split(',').toSorted()).toEqual([
      'INTERNAL://127.0.0.1:9097',
      'MTLS://localhost:9096',
      'PLAINTEXT://127.0.0.1:9092',
      'SASL_PLAINTEXT://127.0.0.1:9094',
      'SASL_SSL://localhost:9095',
      'SSL://localhost:9093'
    ])
  })

  test('joins three nodes in one quorum and replicates everything', () => {
    const cluster = plan([1, 2, 3].map(combined))
    const voters = '1@127.0.0.1:9098,2@127.0.0.1:9108,3@127.0.0.1:9118'
    for (const id of [1, 2, 3]) {
      expect(propertiesOf(cluster, id)).toMatchObject({
        'node.id': String(id),
        'controller.quorum.voters': voters,
        'log.dirs': `/clusters/c/node${id}/data`,
        'default.replication.factor': '3',
        'min.insync.replicas': '2',
        'offsets.topic.replication.factor': '3',
        'transaction.state.log.min.isr': '2',
        'share.coordinator.state.topic.replication.factor': '3'
      })
    }
    expect(propertiesOf(cluster, 2)['advertised.listeners']).toContain('PLAINTEXT://127.0.0.1:9102')
  })

  test('keeps brokers out of the quorum when the controller is apart', () => {
    const cluster = plan([
      { id: 1, roles: 'broker' },
      { id: 2, roles: 'broker' },
      { id: 100, roles: 'controller' }
    ])
    const broker = propertiesOf(cluster, 2)
    const controller = propertiesOf(cluster, 100)
    expect(broker['controller.quorum.voters']).toBe('100@127.0.0.1:9118')
    expect(broker['listeners']).not.toContain('CONTROLLER')
    expect(broker['default.replication.factor']).toBe('2')
    expect(controller['listeners']).toBe('CONTROLLER://127.0.0.1:9118')
    expect(controller).not.toHaveProperty('advertised.listeners')
  })

  test('gives both SASL listeners every mechanism and its users', () => {
    const properties = propertiesOf(plan([combined(1)]), 1)
    expect(properties['sasl.enabled.mechanisms']).toBe('PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER')
    for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']) {
        expect(properties[`listener.name.${listener}.${mechanism}.sasl.jaas.config`]).toMatch(
          /LoginModule required.*;$/
        )
      }
    }
    expect(properties['listener.name.sasl_ssl.plain.sasl.jaas.config']).toContain('user_alice="alice-secret"')
  })

  test('leaves out what an old release does not have', () => {
    const properties = propertiesOf(plan([combined(1)], '3.3.2'), 1)
    expect(properties['sasl.enabled.mechanisms']).toBe('PLAIN,OAUTHBEARER')
    expect(Object.keys(properties).filter(name => /scram|^share\./.test(name))).toEqual([])
  })

  test('lets the caller have the last word', () => {
    const properties = propertiesOf(
      plan([combined(1)], '4.3.1', { 'num.partitions': '7', 'message.max.bytes': '99' }),
      1
    )
    expect(properties).toMatchObject({ 'num.partitions': '7', 'message.max.bytes': '99' })
  })
})

describe('properties file', () => {
  test('escapes what Java would take for an escape', () => {
    expect(propertiesText({ a: 'x=y', b: 'C:\\new', c: 'two\nlines' })).toBe('a=x=y\nb=C:\\\\new\nc=two\\nlines\n')
  })
})
