// A formatted log directory, made once per release by Kafka's own tool and copied for every node since.
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Installation } from './installation.ts'
import { once, toolJvmOptions } from './installation.ts'
import { runJava } from './java.ts'
import { portsFrom } from './ports.ts'
import { propertiesText } from './properties.ts'

export interface FormatOptions {
  /** Name to password; they can log in by SCRAM. */
  readonly users: Readonly<Record<string, string>>
  /** Feature levels other than the release's own, for example `{ 'transaction.version': 1 }`. */
  readonly features: Readonly<Record<string, number>>
}

/** 16 random bytes as Kafka writes them: base64url, not starting with a hyphen. */
export function randomUuid(): string {
  for (;;) {
    const text = randomBytes(16).toString('base64url')
    if (!text.startsWith('-')) return text
  }
}

/** @returns the folder to copy from */
export async function formatTemplate(installation: Installation, options: FormatOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 12)
  const template = join(installation.directory, `formatted-${hash}`)
  await once(template, unfinished => format(installation, options, unfinished))
  return template
}

/** The copy differs from the template in its ids only. Credentials and feature levels hold for every cluster. */
export function copyTemplate(template: string, target: string, node: { id: number; clusterId: string }): void {
  cpSync(template, target, { recursive: true })
  const path = join(target, 'meta.properties')
  const values: Record<string, string> = {
    'cluster.id': node.clusterId,
    'node.id': String(node.id),
    'directory.id': randomUuid()
  }
  const withOwnValue = (line: string): string => {
    const name = line.split('=', 1)[0] ?? ''
    return name in values ? `${name}=${values[name]}` : line
  }
  writeFileSync(path, readFileSync(path, 'utf8').split('\n').map(withOwnValue).join('\n'))
}

async function format(installation: Installation, options: FormatOptions, target: string): Promise<void> {
  const { release, java, classpath } = installation
  const scratch = `${target}.scratch`
  const controller = portsFrom(9092, 0).CONTROLLER
  const configuration = join(scratch, 'server.properties')
  mkdirSync(scratch, { recursive: true })
  writeFileSync(
    configuration,
    propertiesText({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `CONTROLLER://127.0.0.1:${controller},PLAINTEXT://127.0.0.1:9092`,
      'log.dirs': target
    })
  )
  const command = ['kafka.tools.StorageTool', 'format', '-t', randomUuid(), '-c', configuration]
  const credentials = release.scram ? credentialOptions(options.users) : []
  const features = Object.entries(options.features).flatMap(([name, level]) => ['-f', `${name}=${level}`])
  try {
    await runJava(java, [...toolJvmOptions(installation), '-cp', classpath, ...command, ...credentials, ...features])
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function credentialOptions(users: FormatOptions['users']): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => ['-S', `${mechanism}=[name=${name},password=${password}]`])
  )
}
