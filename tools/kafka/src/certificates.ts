// Makes the certificates of a cluster with node:crypto alone, so that no openssl needs to be there.
import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'

import type { Der } from './der.ts'
import { bits, element, integer, octets, oid, sequence, set, tagged, time, utf8, yes } from './der.ts'

/** PEM texts. */
export interface KeyAndCertificate {
  /** PKCS#8. */
  readonly key: string
  /** The certificate, then the authority's. */
  readonly certificate: string
}

export interface Certificates {
  /** The authority's own certificate, PEM. */
  readonly authority: string
  /** For `localhost`, 127.0.0.1 and ::1. */
  readonly server: KeyAndCertificate
  /** For clients of the MTLS listener; its principal is `User:CN=client`. */
  readonly client: KeyAndCertificate
}

interface Issuer {
  readonly name: string
  readonly key: KeyObject
}

interface Subject {
  readonly name: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Der[]
}

const yearMs = 365 * 24 * 3600 * 1000
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))

export function makeCertificates(nowMs: number = Date.now()): Certificates {
  const authority = newKeys()
  const issuer = { name: 'Sluice test authority', key: authority.privateKey }
  const own = { name: issuer.name, publicKey: authority.publicKey, extensions: authorityExtensions() }
  const root = certificate(issuer, own, nowMs)
  const leaf = (name: string, extensions: readonly Der[]): KeyAndCertificate => {
    const keys = newKeys()
    const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    return { key, certificate: certificate(issuer, { name, publicKey: keys.publicKey, extensions }, nowMs) + root }
  }
  return {
    authority: root,
    server: leaf('localhost', leafExtensions(['localhost', '127.0.0.1', '::1'])),
    client: leaf('client', leafExtensions([]))
  }
}

/** `ca.pem`, `server.pem` (key and chain, as Kafka wants it), `client.key` and `client.pem`. */
export function writeCertificates(directory: string, certificates: Certificates): void {
  const { authority, server, client } = certificates
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'ca.pem'), authority)
  writeFileSync(join(directory, 'server.pem'), server.key + server.certificate, { mode: 0o600 })
  writeFileSync(join(directory, 'client.key'), client.key, { mode: 0o600 })
  writeFileSync(join(directory, 'client.pem'), client.certificate)
}

const newKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

/** RFC 5280 section 4.1: the part to be signed, the algorithm, the signature. */
function certificate(issuer: Issuer, subject: Subject, nowMs: number): string {
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguishedName(issuer.name),
    sequence(time(new Date(nowMs - 24 * 3600 * 1000)), time(new Date(nowMs + 10 * yearMs))),
    distinguishedName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...subject.extensions))
  )
  const signature = sign('sha256', toBeSigned, issuer.key)
  const body = sequence(toBeSigned, ecdsaWithSha256, bits(signature)).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${body.replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
}

const distinguishedName = (name: string): Der => sequence(set(sequence(oid('2.5.4.3'), utf8(name))))

const critical = (id: string, value: Der): Der => sequence(oid(id), yes, octets(value))
const advisory = (id: string, value: Der): Der => sequence(oid(id), octets(value))

/** basicConstraints: an authority; keyUsage: keyCertSign and cRLSign. */
function authorityExtensions(): readonly Der[] {
  return [critical('2.5.29.19', sequence(yes)), critical('2.5.29.15', bits(Buffer.from([0x06]), 1))]
}

/** keyUsage: digitalSignature; extKeyUsage: TLS server and client; subjectAltName when there are hosts. */
function leafExtensions(hosts: readonly string[]): readonly Der[] {
  const purposes = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))
  const usage = [critical('2.5.29.15', bits(Buffer.from([0x80]), 7)), advisory('2.5.29.37', purposes)]
  if (hosts.length === 0) return usage
  return [...usage, advisory('2.5.29.17', sequence(...hosts.map(alternativeName)))]
}

/** GeneralName: [2] a DNS name, [7] the bytes of an address. */
function alternativeName(host: string): Der {
  if (isIP(host) === 0) return element(0x82, Buffer.from(host, 'ascii'))
  if (isIP(host) === 4) return element(0x87, Buffer.from(host.split('.').map(Number)))
  if (host !== '::1') throw new Error(`only ::1 of IPv6 is known here, not ${host}`)
  return element(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))
}
