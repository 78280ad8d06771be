// ApiVersions: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface ApiVersionsRequest {
  /** Letters, digits, dots and dashes, the last two not at either end. From version 3 on. */
  readonly clientSoftwareName: string
  /** From version 3 on. */
  readonly clientSoftwareVersion: string
  /** The cluster that is meant, together with the node: another one answers 129 (KIP-1242). Both or neither. From version 5 on. */
  readonly clusterId: string | null
  /** -1: none is meant. From version 5 on. */
  readonly nodeId: number
}

export interface ApiVersionsResponse {
  /** 35: the broker does not know the version asked with, and this answer has the form of version 0. 129: it is not the node, or not of the cluster, that was meant. */
  readonly errorCode: number
  readonly apiKeys: readonly ApiVersionsResponseKey[]
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs?: number | undefined
  /** From version 3 on. */
  readonly supportedFeatures?: readonly ApiVersionsResponseSupportedFeature[] | undefined
  /** Grows with each change of the finalized features; -1: not known. From version 3 on. */
  readonly finalizedFeaturesEpoch?: bigint | undefined
  /** What the whole cluster has agreed on, such as transaction.version. From version 3 on. */
  readonly finalizedFeatures?: readonly ApiVersionsResponseFinalizedFeature[] | undefined
  /** From version 3 on. */
  readonly zkMigrationReady?: boolean | undefined
}

export interface ApiVersionsResponseKey {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

export interface ApiVersionsResponseSupportedFeature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

export interface ApiVersionsResponseFinalizedFeature {
  readonly name: string
  readonly maxVersionLevel: number
  readonly minVersionLevel: number
}

export const apiVersionsServer: ServerApi<ApiVersionsRequest, ApiVersionsResponse> = {
  key: 18,
  name: 'ApiVersions',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): ApiVersionsRequest {
  const flexible = version >= 3
  const clientSoftwareName = version >= 3 ? r.string(flexible) : ''
  const clientSoftwareVersion = version >= 3 ? r.string(flexible) : ''
  const clusterId = version >= 5 ? r.nullableString(flexible) : null
  const nodeId = version >= 5 ? r.int32() : -1
  if (flexible) r.skipTags()
  return { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId }
}

function writeResponse(w: Writer, m: ApiVersionsResponse, version: number): void {
  const flexible = version >= 3
  w.int16(m.errorCode)
  w.count(m.apiKeys.length, flexible)
  for (const key of m.apiKeys) writeKey(w, key, version)
  if (version >= 1) w.int32(m.throttleTimeMs ?? 0)
  if (flexible) {
    const supportedFeatures = m.supportedFeatures ?? []
    const hasSupportedFeatures = supportedFeatures.length > 0
    const finalizedFeaturesEpoch = m.finalizedFeaturesEpoch ?? -1n
    const hasFinalizedFeaturesEpoch = finalizedFeaturesEpoch !== -1n
    const finalizedFeatures = m.finalizedFeatures ?? []
    const hasFinalizedFeatures = finalizedFeatures.length > 0
    const zkMigrationReady = m.zkMigrationReady ?? false
    const hasZkMigrationReady = zkMigrationReady
    w.uvarint(
      (hasSupportedFeatures ? 1 : 0) +
        (hasFinalizedFeaturesEpoch ? 1 : 0) +
        (hasFinalizedFeatures ? 1 : 0) +
        (hasZkMigrationReady ? 1 : 0)
    )
    if (hasSupportedFeatures) {
      const start = w.openTag(0)
      w.count(supportedFeatures.length, true)
      for (const supportedFeature of supportedFeatures) writeSupportedFeature(w, supportedFeature, version)
      w.closeTag(start)
    }
    if (hasFinalizedFeaturesEpoch) {
      const start = w.openTag(1)
      w.int64(finalizedFeaturesEpoch)
      w.closeTag(start)
    }
    if (hasFinalizedFeatures) {
      const start = w.openTag(2)
      w.count(finalizedFeatures.length, true)
      for (const finalizedFeature of finalizedFeatures) writeFinalizedFeature(w, finalizedFeature, version)
      w.closeTag(start)
    }
    if (hasZkMigrationReady) {
      const start = w.openTag(3)
      w.bool(zkMigrationReady)
      w.closeTag(start)
    }
  }
}

function writeKey(w: Writer, m: ApiVersionsResponseKey, version: number): void {
  const flexible = version >= 3
  w.int16(m.apiKey)
  w.int16(m.minVersion)
  w.int16(m.maxVersion)
  if (flexible) w.noTags()
}

function writeSupportedFeature(w: Writer, m: ApiVersionsResponseSupportedFeature, _version: number): void {
  w.string(m.name, true)
  w.int16(m.minVersion)
  w.int16(m.maxVersion)
  w.noTags()
}

function writeFinalizedFeature(w: Writer, m: ApiVersionsResponseFinalizedFeature, _version: number): void {
  w.string(m.name, true)
  w.int16(m.maxVersionLevel)
  w.int16(m.minVersionLevel)
  w.noTags()
}
