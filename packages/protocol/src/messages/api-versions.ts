// ApiVersions: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface ApiVersionsRequest {
  /** Letters, digits, dots and dashes, the last two not at either end. From version 3 on. */
  readonly clientSoftwareName?: string | undefined
  /** From version 3 on. */
  readonly clientSoftwareVersion?: string | undefined
  /** The cluster that is meant, together with the node: another one answers 129 (KIP-1242). Both or neither. From version 5 on. */
  readonly clusterId?: string | null | undefined
  /** -1: none is meant. From version 5 on. */
  readonly nodeId?: number | undefined
}

export interface ApiVersionsResponse {
  /** 35: the broker does not know the version asked with, and this answer has the form of version 0. 129: it is not the node, or not of the cluster, that was meant. */
  readonly errorCode: number
  readonly apiKeys: readonly ApiVersionsResponseKey[]
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs: number
  /** From version 3 on. */
  readonly supportedFeatures: readonly ApiVersionsResponseSupportedFeature[]
  /** Grows with each change of the finalized features; -1: not known. From version 3 on. */
  readonly finalizedFeaturesEpoch: bigint
  /** What the whole cluster has agreed on, such as transaction.version. From version 3 on. */
  readonly finalizedFeatures: readonly ApiVersionsResponseFinalizedFeature[]
  /** From version 3 on. */
  readonly zkMigrationReady: boolean
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

export const apiVersionsApi: Api<ApiVersionsRequest, ApiVersionsResponse> = {
  key: 18,
  name: 'ApiVersions',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  throttleFrom: 2,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: ApiVersionsRequest, version: number): void {
  const flexible = version >= 3
  if (version >= 3) {
    w.string(m.clientSoftwareName ?? '', flexible)
    w.string(m.clientSoftwareVersion ?? '', flexible)
  }
  if (version >= 5) {
    w.nullableString(m.clusterId ?? null, flexible)
    w.int32(m.nodeId ?? -1)
  }
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): ApiVersionsResponse {
  const flexible = version >= 3
  const errorCode = r.int16()
  const apiKeys = new Array<ApiVersionsResponseKey>(r.count(6, flexible))
  for (let i = 0; i < apiKeys.length; i++) apiKeys[i] = readKey(r, version)
  const throttleTimeMs = version >= 1 ? r.int32() : 0
  let supportedFeatures: ApiVersionsResponseSupportedFeature[] = []
  let finalizedFeaturesEpoch: bigint = -1n
  let finalizedFeatures: ApiVersionsResponseFinalizedFeature[] = []
  let zkMigrationReady: boolean = false
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0) {
        supportedFeatures = []
        for (let n = r.count(6, true); n > 0; n--) supportedFeatures.push(readSupportedFeature(r, version))
      } else if (tag === 1) {
        finalizedFeaturesEpoch = r.int64()
      } else if (tag === 2) {
        finalizedFeatures = []
        for (let n = r.count(6, true); n > 0; n--) finalizedFeatures.push(readFinalizedFeature(r, version))
      } else if (tag === 3) {
        zkMigrationReady = r.bool()
      }
      r.closeTag(end)
    }
  }
  return {
    errorCode,
    apiKeys,
    throttleTimeMs,
    supportedFeatures,
    finalizedFeaturesEpoch,
    finalizedFeatures,
    zkMigrationReady
  }
}

function readKey(r: Reader, version: number): ApiVersionsResponseKey {
  const flexible = version >= 3
  const apiKey = r.int16()
  const minVersion = r.int16()
  const maxVersion = r.int16()
  if (flexible) r.skipTags()
  return { apiKey, minVersion, maxVersion }
}

function readSupportedFeature(r: Reader, _version: number): ApiVersionsResponseSupportedFeature {
  const name = r.string(true)
  const minVersion = r.int16()
  const maxVersion = r.int16()
  r.skipTags()
  return { name, minVersion, maxVersion }
}

function readFinalizedFeature(r: Reader, _version: number): ApiVersionsResponseFinalizedFeature {
  const name = r.string(true)
  const maxVersionLevel = r.int16()
  const minVersionLevel = r.int16()
  r.skipTags()
  return { name, maxVersionLevel, minVersionLevel }
}
