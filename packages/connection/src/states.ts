// The states of a connection and what leads from one to the next: a table, so that every pair can be looked at.
import type { ConnectionState } from '@sluice/core'

export type ConnectionEvent =
  /** The stream is open. */
  | 'opened'
  /** Another address, or the same once more with an older ApiVersions. */
  | 'reopened'
  /** SASL begins: after negotiation, or again before the session ends (KIP-368). */
  | 'authenticating'
  /** Requests may go. */
  | 'prepared'
  /** No new requests; those accepted are finished. */
  | 'closing'
  /** The stream is closed, or about to be. */
  | 'closed'

type Row = Partial<Record<ConnectionEvent, ConnectionState>>

/**
 * ```
 * connecting ──▶ negotiating ──▶ authenticating ──▶ ready ──▶ draining ──▶ closed
 *     ▲               │  └───────────────│───────────▲ │                   ▲ from everywhere
 *     └───────────────┴──────────────────┘ reopened  │ │
 *                                authenticating ◀────┴─┘ again, on the same stream
 * ```
 * A pair that is not in the table changes nothing.
 */
export const transitions: Readonly<Record<ConnectionState, Row>> = {
  connecting: { opened: 'negotiating', reopened: 'connecting', closed: 'closed' },
  negotiating: { reopened: 'connecting', authenticating: 'authenticating', prepared: 'ready', closed: 'closed' },
  authenticating: { reopened: 'connecting', prepared: 'ready', closing: 'draining', closed: 'closed' },
  ready: { authenticating: 'authenticating', closing: 'draining', closed: 'closed' },
  draining: { closed: 'closed' },
  closed: {}
}

/** Null: the event means nothing in this state. */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState | null {
  return transitions[state][event] ?? null
}
