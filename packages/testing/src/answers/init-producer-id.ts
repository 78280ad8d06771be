// InitProducerId: an identity for an idempotent producer.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi } from '../broker-api.ts'
import { initProducerIdServer, type InitProducerIdRequest, type InitProducerIdResponse } from '../messages/index.ts'

function failed(errorCode: number): InitProducerIdResponse {
  return { throttleTimeMs: 0, errorCode, producerId: -1n, producerEpoch: -1 }
}

/** Id and epoch of a producer are both named or neither, and a transactional id is not empty. */
function isValid({ transactionalId, producerId, producerEpoch }: InitProducerIdRequest): boolean {
  return transactionalId !== '' && (producerId === -1n) === (producerEpoch === -1)
}

/** Without a transactional id every question gets a new identity, whatever it names. */
export const initProducerIdApi: BrokerApi<InitProducerIdRequest, InitProducerIdResponse> = {
  codec: initProducerIdServer,
  execute: (request, { cluster }, answer) => {
    if (!isValid(request)) return answer(failed(errorCodes.INVALID_REQUEST))
    if (request.transactionalId !== null) return answer(failed(errorCodes.COORDINATOR_NOT_AVAILABLE))
    const producerId = cluster.nextProducerId()
    answer({ throttleTimeMs: 0, errorCode: errorCodes.NONE, producerId, producerEpoch: 0 })
  },
  refuse: (_request, errorCode) => failed(errorCode)
}
