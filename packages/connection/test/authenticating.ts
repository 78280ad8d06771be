// How tests of SASL begin: with a connection whose mechanism is about to talk.
import type { SaslMechanism } from '@sluice/core'
import { attempt, type Attempt } from './beginnings.ts'
import { answer, int16, int32, int64, Stage, text, type SeenRequest } from './stage.ts'

/** A mechanism that sends these texts and expects nothing in particular. */
export function talking(...texts: string[]): SaslMechanism & { heard: string[]; returned: number } {
  const mechanism = {
    name: 'TEST',
    heard: [] as string[],
    returned: 0,
    async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
      try {
        for (const message of texts) mechanism.heard.push(Buffer.from(yield Buffer.from(message)).toString())
      } finally {
        mechanism.returned++
      }
    }
  }
  return mechanism
}

export interface Authenticating extends Attempt {
  readonly mechanism: ReturnType<typeof talking>
  /** The newest request of SASL. */
  readonly asked: () => SeenRequest
  readonly reply: (...parts: (Buffer | number[])[]) => Promise<void>
}

export async function authenticating(
  mechanism: SaslMechanism = talking('one', 'two'),
  options = {}
): Promise<Authenticating> {
  const all = attempt(new Stage(), { sasl: mechanism, ...options })
  const { stage } = all
  stage.negotiate()
  await stage.settle()
  let asked = stage.stream.take()[0]!
  return {
    ...all,
    mechanism: mechanism as ReturnType<typeof talking>,
    asked: () => asked,
    reply: async (...parts) => {
      stage.stream.receive(answer(asked.correlationId, ...parts))
      await stage.settle()
      asked = stage.stream.take()[0] ?? asked
    }
  }
}

export const goOn = (reply: string, lifetimeMs = 0): Buffer =>
  Buffer.concat([int16(0), Buffer.from([0xff, 0xff]), int32(reply.length), Buffer.from(reply), int64(lifetimeMs)])
export const begun: Buffer = Buffer.concat([int16(0), int32(1), text('TEST')])
