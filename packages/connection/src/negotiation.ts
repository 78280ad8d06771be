// Which versions a broker speaks: the questions to ask until it has said.
import { BrokerError, UnsupportedVersionError, type BrokerAddress, type KafkaError } from '@sluice/core'
import {
  apiVersionsApi,
  brokerError,
  errorCodes,
  negotiate,
  type Api,
  type ApiVersionsResponse,
  type VersionRange
} from '@sluice/protocol'
import { brokerName } from './broker-name.ts'
import { meaningVersion, type MeantBroker } from './known-cluster.ts'

export type VersionTable = ReadonlyMap<number, VersionRange>

export type NegotiationStep =
  | { readonly kind: 'done'; readonly versions: VersionTable }
  | { readonly kind: 'again'; readonly version: number }
  | { readonly kind: 'failed'; readonly error: KafkaError }

/**
 * The version in which an answer to ApiVersions is to be read: a broker that does not know the version asked with answers 35
 * in the form of version 0, so that any client can read that (KIP-511).
 */
export function versionOfAnswer(asked: number, frame: Uint8Array): number {
  const errorCode = frame.length < 6 ? 0 : (frame[4]! << 8) | frame[5]!
  return errorCode === errorCodes.UNSUPPORTED_VERSION ? 0 : asked
}

/** The newest version, unless that says more than there is to say: then the newest that any client may ask with. */
export function firstVersionFor({ clusterId }: MeantBroker): number {
  return clusterId === null ? meaningVersion - 1 : apiVersionsApi.versions.max
}

/** @param asked the version that was asked with; each step asks with a lower one, so the ladder ends */
export function afterAnswer(asked: number, response: ApiVersionsResponse, address: BrokerAddress): NegotiationStep {
  const { errorCode } = response
  if (errorCode === 0) return { kind: 'done', versions: tableOf(response) }
  if (asked > 0 && errorCode === errorCodes.UNSUPPORTED_VERSION)
    return { kind: 'again', version: lowerVersion(asked, response) }
  // Our name or our version may be what it does not like; version 0 has neither.
  if (asked > 0 && errorCode === errorCodes.INVALID_REQUEST) return { kind: 'again', version: 0 }
  const cause = brokerError(errorCode)
  const { errorName } = cause
  if (errorCode === errorCodes.REBOOTSTRAP_REQUIRED) {
    const message = `${brokerName(address)} is another broker, or of another cluster, than metadata has there: check what its name leads to, and what it advertises`
    return { kind: 'failed', error: new BrokerError(message, { errorCode, errorName, cause, retriable: true }) }
  }
  const message = `${brokerName(address)} does not say which versions it speaks: ${cause.message}`
  if (errorCode === errorCodes.UNSUPPORTED_VERSION)
    return { kind: 'failed', error: new UnsupportedVersionError(message, { cause }) }
  return { kind: 'failed', error: new BrokerError(message, { errorCode, errorName, cause, retriable: true }) }
}

function lowerVersion(asked: number, response: ApiVersionsResponse): number {
  const own = response.apiKeys.find(entry => entry.apiKey === apiVersionsApi.key)
  if (own === undefined) return 0
  const version = Math.min(own.maxVersion, apiVersionsApi.versions.max)
  return version >= 0 && version < asked ? version : 0
}

function tableOf(response: ApiVersionsResponse): VersionTable {
  return new Map(response.apiKeys.map(entry => [entry.apiKey, { min: entry.minVersion, max: entry.maxVersion }]))
}

/** @throws UnsupportedVersionError if there is none up to `maxVersion` that both sides speak */
export function versionFor(api: Api<never, unknown>, versions: VersionTable, maxVersion: number): number {
  const range = versions.get(api.key)
  const version = negotiate(api, range)
  if (version <= maxVersion) return version
  if (maxVersion >= api.versions.min) return negotiate(api, { min: range!.min, max: maxVersion })
  throw new UnsupportedVersionError(`This client does not speak ${api.name} up to version ${maxVersion}`)
}
