// The compliance suite of SASL mechanisms.
// oxlint-disable no-await-in-loop -- an exchange is one message after another
import type { SaslMechanism } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, shown } from './claims.ts'
import {
  answerCount,
  begin,
  lead,
  mostMessages,
  nonsense,
  returns,
  type SaslServer,
  type SaslSetup,
  type Tamper
} from './sasl-stage.ts'
import { endsWithImpostors, refusesImpostors, refusesNonsense, refusesRecordings } from './sasl-trust.ts'
import { whereShown } from './secrets.ts'

/** True when the server accepts and the mechanism returns. */
async function runExchange(mechanism: SaslMechanism, server: SaslServer): Promise<boolean> {
  const { isReturned } = await lead(begin(mechanism), server)
  return isReturned && server.accepted
}

async function hasName({ create }: SaslSetup): Promise<void> {
  const { name } = create()
  claim(
    /^[A-Z0-9_-]{1,20}$/.test(name),
    `${shown(name)} is no mechanism's name: 1 to 20 of A-Z, 0-9, - and _ (RFC 4422)`
  )
}

async function isAccepted({ create, server }: SaslSetup): Promise<void> {
  let isGood: boolean
  try {
    isGood = await runExchange(create(), server())
  } catch (cause) {
    throw new Error(`It threw ${shown(cause)} where a server of its kind had answered as it should`, { cause })
  }
  claim(isGood, 'A server of its kind does not accept it')
}

async function isRefused({ createWrong, server }: SaslSetup): Promise<void> {
  const peer = server()
  const isReturned = await returns(createWrong(), peer)
  claim(!peer.accepted, 'A server accepts it with wrong credentials: the setup proves nothing')
  claim(!isReturned, 'It returned, which means success, though the server had refused its credentials')
}

async function yieldsBytes({ create, server }: SaslSetup): Promise<void> {
  const peer = server()
  const exchange = begin(create())
  let answer: Uint8Array | null = new Uint8Array()
  for (let step = await exchange.next(); !step.done && answer !== null;) {
    const message: unknown = step.value
    claim(message instanceof Uint8Array, `It yields ${shown(message)}, not a Uint8Array`)
    answer = await peer.answer(message)
    if (answer !== null) step = await exchange.next(answer)
  }
}

async function runsAgain({ create, server }: SaslSetup): Promise<void> {
  const mechanism = create()
  const first = await runExchange(mechanism, server())
  for (const turn of ['second', 'third']) {
    const outcome = await runExchange(mechanism, server())
    claimEqual(outcome, first, `Whether the ${turn} exchange of one mechanism is accepted`)
  }
}

async function keepsExchangesApart({ create, server }: SaslSetup): Promise<void> {
  const alone = await runExchange(create(), server())
  const mechanism = create()
  const outcomes = await runTogether(mechanism, [server(), server()])
  for (const outcome of outcomes) claimEqual(outcome, alone, 'Whether one of two exchanges that overlap is accepted')
}

/** Leads exchanges of one mechanism in step: all of them are given their answers before any is heard. */
async function runTogether(mechanism: SaslMechanism, servers: readonly SaslServer[]): Promise<boolean[]> {
  const exchanges = servers.map(() => begin(mechanism))
  let steps = await Promise.all(exchanges.map(exchange => exchange.next()))
  for (let count = 0; steps.every(({ done }) => done !== true); count++) {
    claim(count < mostMessages, `The exchanges go on after ${mostMessages} messages`)
    const messages = steps.map(({ value }) => value ?? new Uint8Array())
    const answers = await Promise.all(servers.map(async (server, at) => server.answer(messages[at]!)))
    if (answers.includes(null)) return answers.map(answer => answer !== null)
    steps = await Promise.all(exchanges.map((exchange, at) => exchange.next(answers[at]!)))
  }
  return servers.map(({ accepted }) => accepted)
}

async function showsNoSecret(setup: SaslSetup): Promise<void> {
  const { create, createWrong, server, secrets } = setup
  const areLong = secrets.length > 0 && secrets.every(secret => secret.length >= 6)
  claim(areLong, 'The setup names no secrets of six characters')
  const mechanism = create()
  claimSilent(setup, 'the mechanism', mechanism)
  const exchange = begin(mechanism)
  await exchange.next()
  claimSilent(setup, 'the mechanism during an exchange', mechanism)
  await exchange.return()
  await runExchange(mechanism, server())
  claimSilent(setup, 'the mechanism after an exchange', mechanism)
  for (const [, make] of nonsense) {
    for (let turn = 0; turn < (await answerCount(setup)); turn++) {
      const tamper: Tamper = (answer, count) => (count === turn ? make(answer) : answer)
      claimSilent(setup, 'the error', await thrownBy(() => lead(begin(create()), server(), tamper)))
    }
  }
  const refusal = await thrownBy(() => lead(begin(createWrong()), server()))
  claimSilent(setup, 'the error for wrong credentials', refusal)
}

async function thrownBy(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action()
    return null
  } catch (error) {
    return error
  }
}

function claimSilent({ secrets }: SaslSetup, whose: string, value: unknown): void {
  const where = whereShown(value, secrets, whose)
  claim(where === null, `A secret can be read in ${where}: keep it in a closure or in a #private field`)
}

async function stopsInOrder({ create }: SaslSetup): Promise<void> {
  const exchange = begin(create())
  await exchange.next()
  const { done } = await exchange.return()
  claimEqual(done, true, 'Whether an exchange that was stopped after its first message is done')
  const { done: still } = await exchange.next(new Uint8Array())
  claimEqual(still, true, 'Whether a stopped exchange stays done')
}

/**
 * For any `SaslMechanism`. What the setup does not promise is not asked for.
 *
 * - Exchanges: bytes, that a server accepts with right credentials and refuses with wrong ones, of which the mechanism hears; any
 *   number of them, also at once; they can be stopped at any message.
 * - Secrets: none can be read in the mechanism, before, during or after an exchange, nor in its errors: in no property however deep,
 *   in no text, bytes, codes, hex or base64, nor in its JSON or what inspect prints.
 * - With `impostor`: it throws where the server does not know the secret, plays back an earlier exchange, or answers nonsense or half
 *   of what it should; and it sends nothing more from then on.
 */
export const saslCompliance: readonly ComplianceCase<SaslSetup>[] = [
  { name: 'has a name that SASL allows', run: hasName },
  { name: 'yields bytes', run: yieldsBytes },
  { name: 'is accepted by a server of its kind', run: isAccepted },
  { name: 'is not accepted with wrong credentials', run: isRefused },
  { name: 'authenticates again, as often as asked', run: runsAgain },
  { name: 'keeps exchanges apart that overlap', run: keepsExchangesApart },
  { name: 'shows no secret, in itself or in an error', run: showsNoSecret },
  { name: 'is not fooled by a server that does not know the secret', run: refusesImpostors },
  { name: 'is not fooled by a recording of an earlier exchange', run: refusesRecordings },
  { name: 'sends nothing more to a server that has not proved itself', run: endsWithImpostors },
  { name: 'fails on answers that make no sense', run: refusesNonsense },
  { name: 'stops in good order', run: stopsInOrder }
]
