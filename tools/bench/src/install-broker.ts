// The null broker's program: C where a compiler is, else a slower one in JavaScript.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './commands.ts'
import type { Say } from './install-npm.ts'
import type { NullBrokerProgram } from './null-broker.ts'
import { cacheFolder, packageFile } from './places.ts'

export async function installNullBroker(say: Say): Promise<NullBrokerProgram> {
  const source = packageFile('broker/null-broker.c')
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const folder = cacheFolder('null-broker')
  const withTls = join(folder, `${hash}-tls`)
  const without = join(folder, hash)
  if (existsSync(withTls)) return { command: [withTls], tls: await certificate(folder) }
  if (existsSync(without)) return { command: [without], tls: null }
  const flags = ['-O2', '-Wall', source]
  try {
    await runCommand('cc', ['-DWITH_TLS', ...flags, '-o', withTls, '-lssl', '-lcrypto'])
    return { command: [withTls], tls: await certificate(folder) }
  } catch {
    say('The null broker is built without TLS: no OpenSSL headers')
  }
  try {
    await runCommand('cc', [...flags, '-o', without])
    return { command: [without], tls: null }
  } catch {
    say('The null broker runs in JavaScript: no C compiler. It may be the limit where it should not')
    return { command: [process.execPath, packageFile('dist/null-broker-main.js')], tls: null }
  }
}

/** Signed by itself and for 127.0.0.1, good for ten years. Null without the openssl command. */
async function certificate(folder: string): Promise<NullBrokerProgram['tls']> {
  const paths = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  if (existsSync(paths.certificate)) return paths
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650']
  try {
    await runCommand('openssl', [...kind, ...names, '-keyout', paths.key, '-out', paths.certificate])
    return paths
  } catch {
    return null
  }
}
