// SASL mechanisms that talk to a server which says anything.
import type { SaslMechanism } from '@sluice/core'
import { oauthBearer, plain, scramSha256, scramSha512 } from '@sluice/sasl'
import { Finding } from '../finding.ts'
import { outline, type Probe } from '../probe.ts'
import { serverSignature, type ScramHash, type ScramTalk } from '../models/scram-model.ts'
import type { Target } from '../target.ts'

/** Between two messages of the server. */
const separator = 0xff
/** Stand in an input for what only the conversation gives. */
const nonceMark = '%n'
const signatureMark = '%v'

const user = { username: 'user', password: 'pencil' }
const broker = { host: 'broker-1', port: 9092 }
const mostMessages = 6
const challenges = [
  '%n+server,s=c2FsdA==,i=4096',
  '%n+server,s=c2FsdHNhbHRzYWx0,i=5000,x=y',
  'other,s=c2FsdA==,i=4096',
  '%n,s=c2FsdA==,i=4096',
  '%n+s,s=c2FsdA==,i=4095',
  '%n+s,s=c2FsdA==,i=1000001'
].map(text => `r=${text}`)
const endings = ['v=%v', 'v=%v,x=y', 'v=', 'v=AAAA', 'e=other-error', 'v=%v=', '']

interface Setup {
  readonly mechanism: SaslMechanism
  readonly seeds: readonly string[]
  /** Whether the server has proved what it must, by other code. */
  readonly proved: (talk: ScramTalk) => boolean
}

const scramSeeds = challenges.flatMap(challenge => endings.map(ending => `${challenge}\u0000${ending}`))

const setups: readonly Setup[] = [
  { mechanism: plain(user), seeds: ['', 'anything'], proved: () => true },
  { mechanism: scramSha256(user), seeds: scramSeeds, proved: talk => scramProved('sha256', talk) },
  { mechanism: scramSha512(user), seeds: scramSeeds, proved: talk => scramProved('sha512', talk) },
  {
    mechanism: oauthBearer({ token: 'token' }),
    seeds: ['', '{"status":"invalid_token"}', '{"status":"x"}\u0000', '{"status":"\u0000"}'],
    proved: ({ received }) => received[0]!.length === 0
  }
]

export const saslTargets: readonly Target[] = setups.map(setup => ({
  group: 'sasl',
  variant: setup.mechanism.name,
  // A million rounds of the key derivation are allowed.
  mostMs: 5000,
  seeds: () => setup.seeds.map(text => Buffer.from(text.replaceAll('\u0000', '\u00ff'), 'latin1')),
  mostBytes: input => 64 * input.length + 65_536,
  run: (input, probe) => judge(setup, input, probe)
}))

async function judge({ mechanism, proved }: Setup, input: Uint8Array, probe: Probe): Promise<string> {
  const script = messagesOf(Buffer.from(input))
  const talk: { sent: string[]; received: Buffer[] } = { sent: [], received: [] }
  const { error } = await probe.attemptLater(['KAFKA_AUTHENTICATION'], () => converse(mechanism, script, talk))
  if (error !== null) return outline(error)
  const first = talk.received[0] ?? Buffer.alloc(0)
  if (!proved({ ...talk, received: [first, ...talk.received.slice(1)], password: user.password }))
    throw new Finding('wrong value', 'a server was believed that has proved nothing')
  return `authenticated after ${talk.sent.length}`
}

async function converse(
  mechanism: SaslMechanism,
  script: readonly Buffer[],
  talk: { readonly sent: string[]; readonly received: Buffer[] }
): Promise<void> {
  const messages = mechanism.authenticate(broker, { signal: new AbortController().signal })
  let step = await messages.next()
  while (step.done !== true) {
    talk.sent.push(Buffer.from(step.value).toString('utf8'))
    if (talk.sent.length > mostMessages) throw new Finding('no end', `more than ${mostMessages} messages were sent`)
    const answer = filledIn(script[talk.received.length] ?? Buffer.alloc(0), talk)
    talk.received.push(answer)
    // One message answers another.
    // oxlint-disable-next-line no-await-in-loop
    step = await messages.next(answer)
  }
}

function messagesOf(input: Buffer): Buffer[] {
  const messages: Buffer[] = []
  let from = 0
  for (let at = 0; at <= input.length; at++) {
    if (at < input.length && input[at] !== separator) continue
    messages.push(input.subarray(from, at))
    from = at + 1
  }
  return messages
}

function filledIn(message: Buffer, { sent, received }: Omit<ScramTalk, 'password'>): Buffer {
  let text = message.toString('latin1')
  if (text.includes(nonceMark))
    text = text.replaceAll(nonceMark, /r=(?<nonce>[^,]*)/.exec(sent[0]!)?.groups?.['nonce'] ?? '')
  if (!text.includes(signatureMark) || sent.length < 2) return Buffer.from(text, 'latin1')
  const hash = sent[1]!.length > 150 ? 'sha512' : 'sha256'
  const signature = serverSignature(hash, { sent, received, password: user.password })
  return Buffer.from(text.replaceAll(signatureMark, signature?.toString('base64') ?? ''), 'latin1')
}

function scramProved(hash: ScramHash, talk: ScramTalk): boolean {
  const expected = serverSignature(hash, talk)
  const given = /^v=(?<signature>[^,]*)/.exec((talk.received[1] ?? '').toString())?.groups?.['signature']
  return expected !== null && given !== undefined && Buffer.from(given, 'base64').equals(expected)
}
