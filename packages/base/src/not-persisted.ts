// The same failure, said of records that were never sent.
import {
  AuthenticationError,
  ClosedError,
  ConnectionError,
  isKafkaError,
  UnsupportedVersionError,
  type KafkaError,
  type KafkaErrorOptions
} from '@sluice/core'

/** An error of the same code with the outcome `not-persisted`; other codes are given back as they are. */
export function notPersisted(error: KafkaError): KafkaError {
  if (error.outcome !== undefined) return error
  const options: KafkaErrorOptions = { cause: error, retriable: error.retriable, outcome: 'not-persisted' }
  const { message } = error
  if (isKafkaError(error, 'KAFKA_AUTHENTICATION'))
    return new AuthenticationError(message, { ...options, broker: error.broker })
  if (isKafkaError(error, 'KAFKA_UNSUPPORTED_VERSION')) return new UnsupportedVersionError(message, options)
  if (isKafkaError(error, 'KAFKA_CLOSED')) return new ClosedError(message, options)
  if (!isKafkaError(error, 'KAFKA_CONNECTION')) return error
  const { broker, problem, handedOver } = error
  return new ConnectionError(message, { ...options, broker, problem, handedOver })
}
