// Who is told what when a broker refuses single records, and the whole batch with them (KIP-467).
import { BrokerError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes } from '@sluice/protocol'
import type { RecordBlame } from './verdict.ts'

export interface RecordErrors {
  /** For all records without an error of their own. */
  readonly shared: KafkaError
  /** By place in the batch. */
  readonly blamed: ReadonlyMap<number, KafkaError>
}

/** @param blame places that the batch does not have are passed over: then nobody is cleared by them */
export function recordErrors(error: KafkaError, blame: readonly RecordBlame[], recordCount: number): RecordErrors {
  const places = blame.filter(({ index }) => index >= 0 && index < recordCount)
  if (places.length === 0 || !(error instanceof BrokerError)) return { shared: error, blamed: new Map() }
  // The code is about a record only if it is about that one alone.
  const code = places.length === 1 ? error.errorCode : errorCodes.INVALID_RECORD
  const blamed = new Map(places.map(({ index, message }) => [index, blamedError(error, code, message)]))
  return { shared: siblingError(error, blamed.size), blamed }
}

function blamedError(cause: BrokerError, code: number, detail: string | null): BrokerError {
  const { topic, partition, outcome, delivery } = cause
  return brokerError(code, { topic, partition, outcome, delivery, detail, cause })
}

/** For the records that were not at fault: sent again in another batch they may pass. */
function siblingError(cause: BrokerError, count: number): BrokerError {
  const { errorCode, errorName, topic, partition, outcome, delivery } = cause
  const which =
    count === 1 ? 'another record of its batch was refused' : `${count} other records of its batch were refused`
  return new BrokerError(
    `Not written to ${topic}-${partition}: ${which} with ${errorName} (${errorCode}); it may be sent again`,
    {
      errorCode,
      errorName,
      topic,
      partition,
      outcome,
      delivery,
      retriable: true,
      cause
    }
  )
}
