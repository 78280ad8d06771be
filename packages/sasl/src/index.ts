// SASL mechanisms: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER.
export type { Credential, UserAndPassword } from './credential.ts'
export { oauthBearer, type OAuthBearerOptions } from './oauthbearer.ts'
export { plain } from './plain.ts'
export { scramSha256, scramSha512, type ScramOptions } from './scram.ts'
