// Unsecured tokens, as the test brokers take them for OAUTHBEARER (KIP-255).

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** @param lifetimeSeconds negative: it has expired */
export function unsecuredToken(subject: string, lifetimeSeconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const issued = Math.min(now, now + lifetimeSeconds) - 1
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: issued, exp: now + lifetimeSeconds })}.`
}
