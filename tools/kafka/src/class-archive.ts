// A class archive of the broker (application class data sharing): halves the time that each node's JVM takes to start.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { writeCertificates, makeCertificates } from './certificates.ts'
import type { Installation, Progress } from './installation.ts'
import { once } from './installation.ts'
import { launch, prepareNode, waitUntilReady } from './nodes.ts'
import { freeBase, portsFrom } from './ports.ts'
import { end, reach, signal } from './processes.ts'
import type { ClusterPlan } from './properties.ts'
import { randomUuid } from './template.ts'

/**
 * Made once per release and Java by starting a broker and ending it in good order.
 *
 * @returns JVM options that use the archive; none when it could not be made, which costs time and nothing else
 */
export async function classArchive(
  installation: Installation,
  template: string,
  progress: Progress
): Promise<string[]> {
  const name = `broker-${installation.java.version.replaceAll(/[^\w.-]/g, '_')}.jsa`
  const archive = join(installation.directory, name)
  if (!existsSync(archive)) {
    progress('Starting a broker once to archive its classes')
    await once(archive, unfinished => train(installation, template, unfinished)).catch((error: unknown) => {
      progress(`No class archive, so starts are slower: ${String(error)}`)
    })
  }
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : []
}

async function train(installation: Installation, template: string, archive: string): Promise<void> {
  const directory = `${archive}.node`
  mkdirSync(directory, { recursive: true })
  const ports = portsFrom(await freeBase(1), 0)
  const plan: ClusterPlan = {
    release: installation.release,
    nodes: [{ id: 1, roles: 'broker,controller', ports, directory }],
    certificates: directory,
    users: {},
    properties: {}
  }
  writeCertificates(directory, makeCertificates())
  const jvm = [`-XX:ArchiveClassesAtExit=${archive}`]
  const nodes = plan.nodes.map(node =>
    prepareNode({ installation, plan, clusterId: randomUuid(), template, jvm }, node)
  )
  try {
    nodes.forEach(launch)
    await waitUntilReady(nodes, 120_000)
    for (const { process: broker } of nodes) {
      if (broker !== null && signal(broker, 'SIGTERM')) await reach(broker, 'ended', 120_000)
    }
  } finally {
    for (const { process: broker } of nodes) if (broker !== null) await end(broker)
    rmSync(directory, { recursive: true, force: true })
  }
}
