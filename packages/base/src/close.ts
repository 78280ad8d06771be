// The end of a client.
import { ClosedError, type Callback } from '@sluice/core'
import type { BaseParts } from './compose.ts'

/** Stops asking, then closes the connections if they are the client's own. What is still in flight there is given up. */
export function closeParts(parts: BaseParts, callback: Callback<void>): void {
  parts.stop()
  if (!parts.ownsConnections) return parts.clock.soon(() => callback(null, undefined))
  for (const connection of [...parts.connections.connections()]) {
    if (connection.state !== 'ready' || connection.inFlight > 0)
      connection.destroy(new ClosedError('The client was closed'))
  }
  parts.connections.close(callback)
}
