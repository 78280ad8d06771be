// What a message codec is, and which version of it two sides speak.
import { UnsupportedVersionError } from '@sluice/core'
import type { Reader } from './wire/reader.ts'
import type { Writer } from './wire/writer.ts'

/** Both ends included. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** The client's half of one Kafka API: how its request is written and its response read. */
export interface Api<Request, Response> {
  readonly key: number
  readonly name: string
  /** What this client implements. */
  readonly versions: VersionRange
  /** The first version with compact lengths and tagged fields; 32767 if there is none. */
  readonly flexibleFrom: number
  /**
   * The first version in which the broker answers before it throttles, so that the client itself must hold back for
   * `throttleTimeMs` (KIP-219); 32767 if there is none.
   */
  readonly throttleFrom: number
  /** Fields that the version lacks are left out; fields that the request lacks get their defaults. */
  write(writer: Writer, request: Request, version: number): void
  /** Fields that the version lacks get their defaults. @throws CorruptFrameError */
  read(reader: Reader, version: number): Response
}

const produceKey = 0

/**
 * The version to speak: the highest that both sides have.
 *
 * @param broker what the broker says it accepts; undefined if it does not list the API
 * @throws UnsupportedVersionError if there is none
 */
export function negotiate(api: Api<never, unknown>, broker: VersionRange | undefined): number {
  if (broker === undefined)
    throw new UnsupportedVersionError(`The broker has no ${api.name}: it is too old or does not allow it`)
  const version = Math.min(api.versions.max, broker.max)
  // The lowest version that brokers advertise for Produce says what old clients need to see, not what the broker takes (KAFKA-18659).
  const lowest = api.key === produceKey ? api.versions.min : Math.max(api.versions.min, broker.min)
  if (version >= lowest) return version
  throw new UnsupportedVersionError(
    `The broker speaks ${api.name} ${broker.min} to ${broker.max}, this client ${api.versions.min} to ${api.versions.max}: use a ${broker.max < api.versions.min ? 'newer broker' : 'newer client'}`
  )
}
