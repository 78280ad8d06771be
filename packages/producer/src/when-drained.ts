// Waiting until nodes take requests again.
import { ClosedError, type Callback } from '@sluice/core'
import type { Base, BrokerEvent } from '@sluice/base'
import type { ProducerEvents } from './events.ts'
import type { ProducerParts } from './compose.ts'

/** @param nodeIds null: all */
export function whenDrained(
  client: Base<ProducerEvents>,
  parts: ProducerParts,
  nodeIds: readonly number[] | null,
  done: Callback<void>
): void {
  const busy = new Set(parts.sender.unwritableNodes())
  if (nodeIds !== null) for (const node of busy) if (!nodeIds.includes(node)) busy.delete(node)
  if (busy.size === 0) return done(null, undefined)
  const finish = (error: ClosedError | null): void => {
    client.off('client:broker:drain', onDrain)
    client.off('client:close', onClose)
    if (error === null) done(null, undefined)
    else done(error, undefined)
  }
  const onDrain = ({ broker }: BrokerEvent): void => {
    if (broker.nodeId !== null) busy.delete(broker.nodeId)
    if (busy.size === 0) finish(null)
  }
  const onClose = (): void => finish(new ClosedError('The producer was closed'))
  client.on('client:broker:drain', onDrain)
  client.on('client:close', onClose)
}
