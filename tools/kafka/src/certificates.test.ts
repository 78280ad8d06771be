// The certificates as Node's own reader and TLS see them.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connect, createServer } from 'node:tls'

import { describe, expect, test } from 'vitest'

import { makeCertificates } from './certificates.ts'

const { authority, server, client } = makeCertificates()
const root = new X509Certificate(authority)

describe('certificates', () => {
  test('are signed by an authority that signed itself', () => {
    expect(root.ca).toBe(true)
    expect(root.verify(root.publicKey)).toBe(true)
    for (const { certificate } of [server, client]) {
      const leaf = new X509Certificate(certificate)
      expect(leaf.ca).toBe(false)
      expect(leaf.checkIssued(root)).toBe(true)
      expect(leaf.verify(root.publicKey)).toBe(true)
    }
  })

  test('name the host and the client', () => {
    const leaf = new X509Certificate(server.certificate)
    expect(leaf.checkHost('localhost')).toBe('localhost')
    expect(leaf.checkHost('example.org')).toBeUndefined()
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(leaf.checkIP('::1')).toBeDefined()
    expect(new X509Certificate(client.certificate).subject).toBe('CN=client')
  })

  test('let both ends of a connection trust each other', async () => {
    const own = { key: server.key, cert: server.certificate, ca: authority }
    const listening = createServer({ ...own, requestCert: true, rejectUnauthorized: true }).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const accepted = once(listening, 'secureConnection')
    const { port } = listening.address() as AddressInfo
    const own2 = { key: client.key, cert: client.certificate, ca: authority }
    const socket = connect({ ...own2, host: '127.0.0.1', port, servername: 'localhost' })
    await once(socket, 'secureConnect')
    const [peer] = (await accepted) as [TLSSocket]
    expect(socket.authorized).toBe(true)
    expect(peer.authorized).toBe(true)
    expect(peer.getPeerCertificate().subject.CN).toBe('client')
    socket.destroy()
    peer.destroy()
    listening.close()
  })
})
