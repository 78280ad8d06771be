// Keys like `tenant/order`: all of a tenant's messages go to one partition.
import type { MessageToProduce, PartitionContext } from '@sluice/core'

const slash = '/'.charCodeAt(0)

export function byTenant(_message: MessageToProduce, context: PartitionContext): number {
  const key = context.key
  // No key: what the default partitioner would do.
  if (key === null) return context.fallback()
  const end = key.indexOf(slash)
  return hash(end < 0 ? key : key.subarray(0, end))
}

// FNV-1a. The producer takes the result modulo the number of partitions.
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}
