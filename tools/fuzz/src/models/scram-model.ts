// The server's side of SCRAM as far as it proves something (RFC 5802).
import { createHmac, pbkdf2Sync } from 'node:crypto'

export type ScramHash = 'sha256' | 'sha512'

export interface ScramTalk {
  readonly sent: readonly string[]
  readonly received: readonly Buffer[]
  readonly password: string
}

const keyBytes = { sha256: 32, sha512: 64 } as const
const leastIterations = 4096
const mostIterations = 1_000_000

/** What the server's last message must hold; null if its challenge was none that may be answered. */
export function serverSignature(hash: ScramHash, { sent, received, password }: ScramTalk): Buffer | null {
  const challenge = received[0]?.toString('utf8') ?? ''
  const fields = new Map(challenge.split(',').map(field => [field.slice(0, 2), field.slice(2)]))
  const iterations = Number(fields.get('i='))
  if (!(iterations >= leastIterations && iterations <= mostIterations)) return null
  const own = /r=(?<nonce>[^,]*)/.exec(sent[0] ?? '')?.groups?.['nonce'] ?? ''
  const nonce = fields.get('r=') ?? ''
  if (!nonce.startsWith(own) || nonce.length <= own.length) return null
  const salt = Buffer.from(fields.get('s=') ?? '', 'base64')
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes[hash], hash)
  const unproved = (sent[1] ?? '').replace(/,p=.*$/s, '')
  const signed = `${(sent[0] ?? '').replace(/^n,,/, '')},${challenge},${unproved}`
  const serverKey = createHmac(hash, salted).update('Server Key').digest()
  return createHmac(hash, serverKey).update(signed).digest()
}
