// What a SASL mechanism is.
import type { BrokerAddress } from './transport.ts'

export interface SaslContext {
  /** Aborted when the connection closes or its time to connect is over. */
  readonly signal: AbortSignal
}

export interface SaslMechanism {
  /** As in SaslHandshake, such as `SCRAM-SHA-512`. */
  readonly name: string
  /**
   * Yields each message to send and receives each answer. Returning is success; throwing fails the connection. Called again
   * on the same connection to re-authenticate.
   */
  authenticate(broker: BrokerAddress, context: SaslContext): AsyncGenerator<Uint8Array, void, Uint8Array>
}
