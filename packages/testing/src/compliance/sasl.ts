// The compliance suite of SASL mechanisms.
// oxlint-disable no-await-in-loop -- an exchange is one message after another
import type { BrokerAddress, MaybePromise, SaslMechanism } from '@sluice/core'
import { inspect } from 'node:util'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, failureOf, shown } from './claims.ts'

/** One exchange as a server of the mechanism leads it. */
export interface SaslServer {
  /** What to answer; null refuses the client, and the exchange is over. */
  answer(message: Uint8Array): MaybePromise<Uint8Array | null>
  /** Whether the client has proved who it is. */
  readonly accepted: boolean
}

export interface SaslSetup {
  /** A new mechanism with credentials that are right. */
  readonly create: () => SaslMechanism
  /** The same with credentials that are wrong. */
  readonly createWrong: () => SaslMechanism
  /** A new exchange. */
  readonly server: () => SaslServer
  /** What must be shown nowhere: passwords and tokens, of `createWrong` as well. At least six characters each. */
  readonly secrets: readonly string[]
  /**
   * For mechanisms that make the server prove itself, as SCRAM does: an exchange with a server that does not know the
   * secret and says yes to everything.
   */
  readonly impostor?: (() => SaslServer) | undefined
}

const address: BrokerAddress = Object.freeze({ host: 'broker.example', port: 9092 })
const mostMessages = 20

type Exchange = AsyncGenerator<Uint8Array, void, Uint8Array>
type Tamper = (answer: Uint8Array, count: number) => Uint8Array

function begin(mechanism: SaslMechanism): Exchange {
  return mechanism.authenticate(address, { signal: new AbortController().signal })
}

/** Leads an exchange to its end. True when the server accepts and the mechanism returns; a refusal ends it as the wire does. */
async function runExchange(mechanism: SaslMechanism, server: SaslServer, tamper?: Tamper): Promise<boolean> {
  const exchange = begin(mechanism)
  let step = await exchange.next()
  for (let count = 0; !step.done; count++) {
    claim(count < mostMessages, `The exchange goes on after ${mostMessages} messages`)
    const answer = await server.answer(step.value)
    if (answer === null) {
      await exchange.return()
      return false
    }
    step = await exchange.next(tamper?.(answer, count) ?? answer)
  }
  return server.accepted
}

async function hasName({ create }: SaslSetup): Promise<void> {
  const { name } = create()
  claim(
    /^[A-Z0-9_-]{1,20}$/.test(name),
    `${shown(name)} is no mechanism's name: 1 to 20 of A-Z, 0-9, - and _ (RFC 4422)`
  )
}

async function isAccepted({ create, server }: SaslSetup): Promise<void> {
  claim(await runExchange(create(), server()), 'A server of its kind does not accept it')
}

async function isRefused({ createWrong, server }: SaslSetup): Promise<void> {
  const accepted = await runExchange(createWrong(), server()).catch(() => false)
  claim(!accepted, 'A server accepts it with wrong credentials: the setup proves nothing')
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
  const mechanism = setup.create()
  claimSilent(setup, 'inspect', inspect(mechanism, { depth: Infinity, showHidden: true, getters: true }))
  claimSilent(setup, 'JSON', JSON.stringify(mechanism) ?? '')
  for (const nonsense of [new Uint8Array(), Buffer.from('nonsense')]) {
    const failure = await runExchange(setup.create(), setup.server(), () => nonsense).catch((error: unknown) => error)
    claimSilent(setup, 'An error', inspect(failure, { depth: Infinity, showHidden: true, getters: true }))
  }
  const refusal = await runExchange(setup.createWrong(), setup.server()).catch((error: unknown) => error)
  claimSilent(setup, 'The error for wrong credentials', inspect(refusal, { depth: Infinity, showHidden: true }))
}

function claimSilent({ secrets }: SaslSetup, where: string, text: string): void {
  claim(
    secrets.length > 0 && secrets.every(secret => secret.length >= 6),
    'The setup names no secrets of six characters'
  )
  for (const secret of secrets) {
    const forms = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]
    // inspect shows a buffer as hex pairs with spaces.
    forms.push(
      Buffer.from(secret)
        .toString('hex')
        .replaceAll(/(..)(?=.)/g, '$1 ')
    )
    claim(!forms.some(form => text.includes(form)), `${where} of the mechanism shows a secret`)
  }
}

async function refusesImpostors({ create, impostor }: SaslSetup): Promise<void> {
  if (impostor === undefined) return
  const failure = await failureOf(() => runExchange(create(), impostor()), 'An exchange with an impostor')
  claim(failure instanceof Error, `An exchange with an impostor failed with ${shown(failure)}, not with an Error`)
}

async function refusesNonsense({ create, server, impostor }: SaslSetup): Promise<void> {
  if (impostor === undefined) return
  for (let count = 0; count < (await answerCount(create(), server())); count++) {
    for (const nonsense of [new Uint8Array(), Buffer.from('nonsense'), new Uint8Array(5000)]) {
      const tamper: Tamper = (answer, turn) => (turn === count ? nonsense : answer)
      const accepted = await runExchange(create(), server(), tamper).catch(() => false)
      claim(!accepted, `An exchange whose answer ${count + 1} was ${shown(nonsense)} was taken for good`)
    }
  }
}

async function answerCount(mechanism: SaslMechanism, server: SaslServer): Promise<number> {
  let answers = 0
  await runExchange(mechanism, server, answer => {
    answers++
    return answer
  })
  return answers
}

async function stopsInOrder({ create }: SaslSetup): Promise<void> {
  const exchange = begin(create())
  await exchange.next()
  const { done } = await exchange.return()
  claimEqual(done, true, 'Whether an exchange that was stopped after its first message is done')
  const { done: still } = await exchange.next(new Uint8Array())
  claimEqual(still, true, 'Whether a stopped exchange stays done')
}

/** For any `SaslMechanism`. What the setup does not promise is not asked for. */
export const saslCompliance: readonly ComplianceCase<SaslSetup>[] = [
  { name: 'has a name that SASL allows', run: hasName },
  { name: 'yields bytes', run: yieldsBytes },
  { name: 'is accepted by a server of its kind', run: isAccepted },
  { name: 'is not accepted with wrong credentials', run: isRefused },
  { name: 'authenticates again, as often as asked', run: runsAgain },
  { name: 'keeps exchanges apart that overlap', run: keepsExchangesApart },
  { name: 'shows no secret, in itself or in an error', run: showsNoSecret },
  { name: 'is not fooled by a server that does not know the secret', run: refusesImpostors },
  { name: 'fails on answers that make no sense', run: refusesNonsense },
  { name: 'stops in good order', run: stopsInOrder }
]
