// The machine on which figures were taken: they mean nothing on another.
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  /** Of Node, under which the clients in JavaScript ran, and of the one that measured. */
  readonly clientsNode: string
  readonly node: string
}

export function thisMachine(clientsNode: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: distribution() ?? `${type()} ${release()}`,
    clientsNode,
    node: process.version
  }
}

export function machineText({ cpu, cores, memoryBytes, system, clientsNode }: Machine): string {
  return `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GB, ${system}, Node ${clientsNode}.`
}

function distribution(): string | null {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}
