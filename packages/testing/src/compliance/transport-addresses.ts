// Cases about names and addresses. A transport that does not resolve is never told an address, and passes them.
import { isKafkaError } from '@sluice/core'
import { claim, claimEqual, shown } from './claims.ts'
import { onStage, Recorder, Stage, type TransportSetup } from './transport-stage.ts'

export async function resolves({ transport, host = '127.0.0.1', ...rest }: TransportSetup): Promise<void> {
  const resolve = transport.resolve?.bind(transport)
  if (resolve === undefined) return
  const stage = await Stage.open({ transport, host, ...rest })
  const answers: (readonly string[])[] = []
  let failure: Error | null = null
  resolve(host, (error, addresses) => {
    if (error === null) answers.push(addresses)
    else failure = error
  })
  const early = answers.length > 0 || failure !== null
  await stage.until(() => answers.length > 0 || failure !== null, `${host} is resolved`)
  await stage.settle()
  await stage.close()
  claim(!early, 'It called back before resolve had returned')
  claim(failure === null, `It could not resolve ${host}: ${shown(failure)}`)
  claimEqual(answers.length, 1, 'The number of times that resolve called back')
  const addresses = answers[0]!
  claim(addresses.length > 0 && addresses.every(address => address !== ''), `${host} resolved to ${shown(addresses)}`)
}

/** No name has an empty part: resolvers say so without asking anybody. Those that find all names elsewhere pass it on. */
const impossibleName = 'nobody..invalid'

export async function connectsToAddress(setup: TransportSetup): Promise<void> {
  if (setup.transport.resolve !== undefined) await goesWhereItIsTold(setup)
}

const goesWhereItIsTold = onStage(async stage => {
  const { host } = stage.address
  const addresses = await stage.addresses()
  const clients = addresses.map(ip => tryAddress(stage, ip))
  const lost = tryAddress(stage, impossibleName)
  const all = [lost, ...clients]
  await stage.until(() => all.every(({ opens, closes }) => opens + closes.length > 0), 'it connects or fails to')
  // One of them will do: somebody listens at one. Of no address at all another case complains.
  const isReached = addresses.length === 0 || clients.some(({ opens }) => opens > 0)
  claim(isReached, `It could not connect to any address (ip) that it had resolved ${host} to`)
  claim(lost.opens === 0, `It connected to ${host}, not to the address (ip) it was told: of many it would try one only`)
})

function tryAddress(stage: Stage, ip: string): Recorder {
  const client = new Recorder()
  stage.connect(client, { ...stage.address, ip })
  return client
}

export async function failsInOurWords({ transport, ...rest }: TransportSetup): Promise<void> {
  const resolve = transport.resolve?.bind(transport)
  if (resolve === undefined) return
  const stage = await Stage.open({ transport, ...rest })
  const outcomes: unknown[] = []
  resolve(impossibleName, (error, addresses) => outcomes.push(error ?? addresses))
  await stage.until(() => outcomes.length > 0, `${impossibleName} is resolved, or cannot be`)
  await stage.settle()
  await stage.close()
  claimEqual(outcomes.length, 1, 'The number of times that resolve called back')
  const [outcome] = outcomes
  claim(Array.isArray(outcome) || isKafkaError(outcome), `It failed with ${shown(outcome)}, which is no KafkaError`)
}
