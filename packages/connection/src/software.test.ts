// Unit tests of software.ts.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clientSoftware } from './software.ts'

test('software > names the version of this package, in the form that brokers accept', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(manifest).toMatchObject({ version: clientSoftware.clientSoftwareVersion })
  for (const word of Object.values(clientSoftware)) expect(word).toMatch(/^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/)
})
