// SaslHandshake and SaslAuthenticate: lets clients in by PLAIN or SCRAM.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi } from '../broker-api.ts'
import {
  saslAuthenticateServer,
  saslHandshakeServer,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse,
  type SaslHandshakeRequest,
  type SaslHandshakeResponse
} from '../messages/index.ts'
import type { SaslGate } from '../sasl-gate.ts'

const none = new Uint8Array(0)
const whenLetIn = 'SaslAuthenticate from a client that is authenticated'

export function saslHandshakeApi(gate: SaslGate): BrokerApi<SaslHandshakeRequest, SaslHandshakeResponse> {
  return {
    codec: saslHandshakeServer,
    execute: (request, context, answer) => {
      const { errorCode, mechanisms, close } = gate.begin(context.connectionId, request.mechanism)
      if (close) context.close()
      answer(errorCode === null ? null : { errorCode, mechanisms })
    },
    refuse: (_request, errorCode) => ({ errorCode, mechanisms: gate.mechanisms })
  }
}

export function saslAuthenticateApi(gate: SaslGate): BrokerApi<SaslAuthenticateRequest, SaslAuthenticateResponse> {
  return {
    codec: saslAuthenticateServer,
    execute: (request, context, answer) => {
      const step = gate.step(context.connectionId, request.authBytes)
      if (step === null)
        return answer({ errorCode: errorCodes.ILLEGAL_SASL_STATE, errorMessage: whenLetIn, authBytes: none })
      if (step.kind === 'refused') {
        context.close()
        return answer({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage: step.reason, authBytes: none })
      }
      const sessionLifetimeMs = step.kind === 'accepted' ? BigInt(gate.sessionLifetimeMs) : 0n
      answer({ errorCode: errorCodes.NONE, errorMessage: null, authBytes: step.answer, sessionLifetimeMs })
    },
    refuse: (_request, errorCode) => ({ errorCode, errorMessage: 'As the test wanted', authBytes: none })
  }
}
