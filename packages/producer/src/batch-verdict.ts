// What an answer, or the lack of one, means for a batch: the table, and what only the batch itself can tell.
import { CorruptFrameError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes } from '@sluice/protocol'
import type { Partition } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { judge, judgeDamage, judgeLostRequest, type Answer, type Verdict, type VerdictRules } from './verdict.ts'

/** @param answer null: the answer to the request does not mention the partition */
export function judgeBatch(partition: Partition, batch: Batch, answer: Answer | null, rules: VerdictRules): Verdict {
  if (answer === null) return judgeLostRequest(missingAnswer(partition), rules)
  const name = { topic: partition.topic.name, partition: partition.index }
  if (answer.errorCode === errorCodes.INVALID_REQUEST)
    return judge({ ...answer, errorMessage: suspect(answer, batch) }, name, rules)
  const damage = answer.errorCode === errorCodes.CORRUPT_MESSAGE ? batch.damage() : null
  return damage === null ? judge(answer, name, rules) : judgeDamage(damagedBatch(partition, batch, damage))
}

function missingAnswer(partition: Partition): KafkaError {
  return brokerError(errorCodes.UNKNOWN_SERVER_ERROR, {
    topic: partition.topic.name,
    partition: partition.index,
    detail: 'the answer does not mention the partition'
  })
}

/** What the broker could not make sense of, in numbers: the fault is ours, and this is all there is to find it by. */
function suspect({ errorMessage }: Answer, batch: Batch): string {
  const { recordCount, rawBytes, wireBytes, identity, wireSequence } = batch
  const written =
    identity === null
      ? 'no identity'
      : `sequence ${wireSequence} of producer ${identity.producerId}/${identity.producerEpoch}`
  const numbers = `a batch of ${recordCount} records, ${rawBytes} bytes, ${wireBytes} on the wire, ${written}`
  return errorMessage === null ? numbers : `${numbers}; ${errorMessage}`
}

/** Loud, and not tried again: what else of this process's memory is still right, nobody knows. */
function damagedBatch({ topic, index }: Partition, batch: Batch, cause: KafkaError): CorruptFrameError {
  return new CorruptFrameError(
    `The batch of ${batch.recordCount} records for ${topic.name}-${index} was damaged in this process's memory after it had been made: ${cause.message}; ` +
      'the broker refused it, and it is not sent again',
    { cause }
  )
}
