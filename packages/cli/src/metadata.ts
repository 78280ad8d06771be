// `sluice metadata`: the cluster as a broker describes it, for people or as JSON.
import { Base, type ClusterMetadata } from '@sluice/base'
import type { MetadataArgs } from './args.ts'
import { clientOptions, construct } from './cluster.ts'
import { toldInFlags } from './flags.ts'
import { exitStatus, type ExitStatus, type Shell } from './shell.ts'

export async function metadata(args: MetadataArgs, shell: Shell): Promise<ExitStatus> {
  const options = clientOptions(args, shell)
  const base = construct(() => new Base(options))
  try {
    // A cluster that cannot be reached says so at the first attempt; asking would go on until the deadline.
    await base.connect()
    const found = await base.metadata({
      topics: args.topics.length === 0 ? 'all' : [...args.topics],
      forceUpdate: true
    })
    shell.out(args.json ? asJson(found) : asText(found))
    return exitStatus.ok
  } catch (error) {
    const reason = toldInFlags(error).replace(adviceForProduce, '')
    shell.err(`${args.brokers.join(',')}: ${reason}\n`)
    return exitStatus.failed
  } finally {
    await base.close()
  }
}

/** This command makes no topics. */
const adviceForProduce = /, or set --autocreate where the brokers allow it/

function asText({ id, controllerId, brokers, topics }: ClusterMetadata): string {
  const lines = [`cluster ${id ?? '(without an id)'}`, '', counted(brokers.size, 'broker')]
  for (const [nodeId, { host, port, rack }] of brokers) {
    const role = nodeId === controllerId ? '  controller' : ''
    lines.push(`  ${nodeId}  ${host}:${port}${rack === null ? '' : `  rack ${rack}`}${role}`)
  }
  lines.push('', counted(topics.size, 'topic'))
  for (const [name, { partitions }] of [...topics].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`  ${name}  ${counted(partitions.length, 'partition')}`)
    for (const [index, { leader, replicas, isr }] of partitions.entries()) {
      const behind = replicas.filter(replica => !isr.includes(replica))
      const warning = behind.length === 0 ? '' : `  NOT in sync: ${behind.join(', ')}`
      lines.push(`    ${index}  leader ${leader < 0 ? 'NONE' : leader}  replicas ${replicas.join(', ')}${warning}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function asJson({ id, controllerId, brokers, topics }: ClusterMetadata): string {
  const shape = {
    id,
    controllerId,
    brokers: [...brokers].map(([nodeId, { host, port, rack }]) => ({ nodeId, host, port, rack })),
    topics: [...topics].map(([name, { id: topicId, partitions }]) => ({
      name,
      id: topicId,
      partitions: partitions.map(({ leader, leaderEpoch, replicas, isr }, index) => ({
        index,
        leader,
        leaderEpoch,
        replicas,
        isr
      }))
    }))
  }
  return `${JSON.stringify(shape, null, 2)}\n`
}
