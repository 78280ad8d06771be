// Cases about mechanisms in which the server, too, must prove that it knows the secret.
// oxlint-disable no-await-in-loop -- an exchange is one message after another
import { claim, failureOf, shown } from './claims.ts'
import {
  answerCount,
  begin,
  lead,
  nonsense,
  returns,
  type SaslServer,
  type SaslSetup,
  type Tamper
} from './sasl-stage.ts'

export async function refusesImpostors({ create, impostor }: SaslSetup): Promise<void> {
  if (impostor === undefined) return
  const failure = await failureOf(() => lead(begin(create()), impostor()), 'An exchange with an impostor')
  claim(failure instanceof Error, `An exchange with an impostor failed with ${shown(failure)}, not with an Error`)
}

export async function refusesRecordings({ create, server, impostor }: SaslSetup): Promise<void> {
  if (impostor === undefined) return
  const mechanism = create()
  const recording: Uint8Array[] = []
  await lead(begin(mechanism), server(), answer => {
    recording.push(new Uint8Array(answer))
    return answer
  })
  for (const again of [mechanism, create()]) {
    const left = [...recording]
    const player: SaslServer = { accepted: true, answer: () => left.shift() ?? null }
    claim(
      !(await returns(again, player)),
      'Answers recorded in an earlier exchange were taken for good: the client must ask something new each time (a nonce)'
    )
  }
}

export async function endsWithImpostors(setup: SaslSetup): Promise<void> {
  const { create, impostor } = setup
  if (impostor === undefined) return
  const most = await answerCount(setup)
  const exchange = begin(create())
  let sent = 0
  const peer = impostor()
  const counting: SaslServer = {
    accepted: false,
    answer: message => {
      sent++
      return peer.answer(message)
    }
  }
  await lead(exchange, counting).catch(() => undefined)
  claim(sent <= most, `An impostor was sent ${sent} messages, where ${most} are sent to a good server`)
  const step = await exchange.next(new Uint8Array()).catch(() => null)
  claim(step === null || step.done === true, 'It has another message after it has failed')
}

export async function refusesNonsense(setup: SaslSetup): Promise<void> {
  const { create, server, impostor } = setup
  if (impostor === undefined) return
  for (let turn = 0; turn < (await answerCount(setup)); turn++) {
    for (const [what, make] of nonsense) {
      const tamper: Tamper = (answer, count) => (count === turn ? make(answer) : answer)
      const isReturned = await returns(create(), server(), tamper)
      claim(!isReturned, `An exchange whose answer ${turn + 1} was ${what} was taken for good: it must throw`)
    }
  }
}
