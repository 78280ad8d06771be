// ApiVersions: what the broker speaks.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import { apiVersionsServer, type ApiVersionsRequest, type ApiVersionsResponse } from '../messages/index.ts'
import type { SaslGate } from '../sasl-gate.ts'

export interface AdvertisedApi {
  readonly key: number
  readonly min: number
  readonly max: number
}

// As brokers check it, KIP-511.
const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const softwareSince = 3

function isSoftware(request: ApiVersionsRequest, context: RequestContext): boolean {
  if (context.version < softwareSince) return true
  return softwarePattern.test(request.clientSoftwareName) && softwarePattern.test(request.clientSoftwareVersion)
}

/** Whom the client means, KIP-1242. */
function meant({ clusterId, nodeId }: ApiVersionsRequest, context: RequestContext): boolean {
  return clusterId === null || (clusterId === context.cluster.clusterId && nodeId === context.brokerId)
}

/** As brokers want it: both or neither. */
function isWhole({ clusterId, nodeId }: ApiVersionsRequest): boolean {
  return (clusterId === null) === (nodeId === -1)
}

export function apiVersionsApi(
  advertised: () => readonly AdvertisedApi[],
  gate: SaslGate
): BrokerApi<ApiVersionsRequest, ApiVersionsResponse> {
  const list = (): ApiVersionsResponse['apiKeys'] =>
    advertised().map(({ key, min, max }) => ({ apiKey: key, minVersion: min, maxVersion: max }))
  return {
    codec: apiVersionsServer,
    execute: (request, context, answer) => {
      if (!isSoftware(request, context) || !isWhole(request))
        return answer({ errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] })
      if (!meant(request, context)) return answer({ errorCode: errorCodes.REBOOTSTRAP_REQUIRED, apiKeys: [] })
      gate.greet(context.connectionId)
      answer({ errorCode: errorCodes.NONE, apiKeys: list() })
    },
    refuse: (_request, errorCode) => ({ errorCode, apiKeys: list() })
  }
}

/** The answer, in the form of version 0, to a version that the broker does not have. */
export function unsupportedApiVersions(own: AdvertisedApi): ApiVersionsResponse {
  const apiKeys = [{ apiKey: own.key, minVersion: own.min, maxVersion: own.max }]
  return { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys }
}
