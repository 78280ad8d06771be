// Which broker coordinates a transactional id or a group: FindCoordinator, remembered until it proves wrong.
import { BrokerError, type BrokerAddress, type Callback, type KafkaError } from '@sluice/core'
import { brokerError, findCoordinatorApi, type FindCoordinatorResponse } from '@sluice/protocol'
import type { Cancellable, Requests } from './request.ts'

export const CoordinatorTypes = { GROUP: 0, TRANSACTION: 1 } as const
export type CoordinatorType = (typeof CoordinatorTypes)[keyof typeof CoordinatorTypes]

export interface Coordinators {
  /** From memory, or asked for; in a later turn in both cases. Fails with a final BrokerError or as `Requests.ask` does. */
  find(type: CoordinatorType, key: string, deadlineMs: number, callback: Callback<BrokerAddress>): Cancellable
  /** The broker denied being the coordinator, or is gone. */
  forget(type: CoordinatorType, key: string): void
}

interface Found {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

// The coordinator is loading or being made, the broker is busy, or something went wrong that may pass.
const passingCodes: ReadonlySet<number> = new Set([-1, 7, 14, 15, 16, 89])

export function createCoordinators(requests: Requests, soon: (task: () => void) => void): Coordinators {
  const known = new Map<string, BrokerAddress>()
  return {
    find: (type, key, deadlineMs, callback) => {
      const cached = known.get(idOf(type, key))
      if (cached !== undefined) return cancellable(soon, () => callback(null, cached))
      const request = { key, keyType: type, coordinatorKeys: [key] }
      const check = (response: FindCoordinatorResponse): KafkaError | null => problemOf(found(response, key), key)
      return requests.ask(findCoordinatorApi, request, { to: 'any', deadlineMs, check }, (...[error, response]) => {
        if (error !== null) return callback(error, undefined)
        const { nodeId, host, port } = found(response, key)!
        const address = { nodeId, host, port }
        known.set(idOf(type, key), address)
        callback(null, address)
      })
    },
    forget: (type, key) => void known.delete(idOf(type, key))
  }
}

function idOf(type: CoordinatorType, key: string): string {
  return `${type}:${key}`
}

function cancellable(soon: (task: () => void) => void, task: () => void): Cancellable {
  let open = true
  soon(() => {
    if (open) task()
  })
  return { cancel: () => void (open = false) }
}

/** Up to version 3 the answer is the response itself, from version 4 on an entry of a list. */
function found(response: FindCoordinatorResponse, key: string): Found | undefined {
  if (response.coordinators.length > 0) return response.coordinators.find(entry => entry.key === key)
  return response
}

function problemOf(answer: Found | undefined, key: string): KafkaError | null {
  // No entry for the only key asked for: as good as an unknown server error.
  if (answer === undefined) return retriable(brokerError(-1, { detail: `no coordinator for ${key} in the answer` }))
  if (answer.errorCode !== 0) {
    const error = brokerError(answer.errorCode, { detail: answer.errorMessage })
    return passingCodes.has(answer.errorCode) ? retriable(error) : error
  }
  if (answer.nodeId >= 0 && answer.host !== '' && answer.port >= 1 && answer.port <= 65_535) return null
  return retriable(brokerError(15, { detail: `no usable address for ${key} in the answer` }))
}

function retriable({ message, errorCode, errorName }: BrokerError): BrokerError {
  return new BrokerError(message, { errorCode, errorName, retriable: true })
}
