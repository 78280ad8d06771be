// Which ports a cluster listens on.
import { createServer } from 'node:net'

import { HarnessError } from './failures.ts'

export const clientListeners = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL', 'MTLS'] as const
/** In the order of their ports. */
export const listenerNames = [
  'PLAINTEXT',
  'SSL',
  'SASL_PLAINTEXT',
  'SASL_SSL',
  'MTLS',
  'INTERNAL',
  'CONTROLLER'
] as const

export type ClientListener = (typeof clientListeners)[number]
export type ListenerName = (typeof listenerNames)[number]
export type NodePorts = Readonly<Record<ListenerName, number>>

/** Distance between the first ports of two nodes. */
const stride = 10

/** Node at `index` (0, 1, 2, ...) of a cluster whose first port is `base`. */
export function portsFrom(base: number, index: number): NodePorts {
  const first = base + index * stride
  return Object.fromEntries(listenerNames.map((name, place) => [name, first + place])) as Record<ListenerName, number>
}

/**
 * Looks for `nodes` blocks of free ports in a row.
 *
 * Below the range from which systems take the local ports of outgoing connections: a killed node must find its ports
 * free when it comes back.
 */
export async function freeBase(nodes: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 12_000 + Math.floor(Math.random() * 2000) * stride
    if ((await firstTaken(base, nodes)) === null) return base
  }
  throw new HarnessError('Found no free ports on 127.0.0.1 between 12000 and 32000; give a base by --port')
}

/** The first port of the blocks that something else listens on, or null. */
export async function firstTaken(base: number, nodes: number): Promise<number | null> {
  for (let index = 0; index < nodes; index++) {
    for (const port of Object.values(portsFrom(base, index))) {
      if (!(await canListen(port))) return port
    }
  }
  return null
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
