// What a producer emits, besides what every client does.
import type { BaseEvents } from '@sluice/base'
import type { KafkaError } from '@sluice/core'
import type { DataLoss } from './outcomes.ts'

export interface ProducerEvents extends BaseEvents {
  /** After a `send` that returned false: a quarter of the memory or less is in use, and nobody waits. */
  'producer:drain': []
  'producer:dataloss': [loss: DataLoss]
  /** The broker gives us no producer id: idempotence, a default here, is off. */
  'producer:fallback': [event: { readonly error: KafkaError }]
}
