// Finds Java and Maven, and says what to install when they are not there.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { HarnessError } from './failures.ts'
import { packageFile } from './places.ts'
import type { Release } from './versions.ts'

const run = promisify(execFile)

export interface Java {
  readonly path: string
  /** As `java -version` tells it, for example `17.0.15`. */
  readonly version: string
}

/** JAVA_HOME first, then PATH. @throws HarnessError if there is none, or it is too old for the release */
export async function findJava(release: Release): Promise<Java> {
  const home = process.env['JAVA_HOME']
  const path = home ? join(home, 'bin', 'java') : 'java'
  const output = await run(path, ['-version']).catch(() => null)
  const version = output === null ? null : /version "([^"]+)"/.exec(output.stderr)?.[1]
  if (version === null || version === undefined) {
    throw new HarnessError(`Java was not found${home ? ` in JAVA_HOME (${home})` : ''}. ${advice(release)}`)
  }
  const major = Number(version.split(/[.+-]/)[0])
  if (major >= release.java) return { path, version }
  throw new HarnessError(
    `Apache Kafka ${release.version} needs Java ${release.java} or newer, this is ${version}. ${advice(release)}`
  )
}

/** Runs a Java program to its end. @throws HarnessError with the end of what it printed */
export async function runJava(java: Java, args: readonly string[], limitMs = 120_000): Promise<string> {
  return runProgram(java.path, args, limitMs)
}

/** @throws HarnessError if Maven is missing or fails */
export async function runMaven(release: Release, args: readonly string[]): Promise<void> {
  const found = await run('mvn', ['-v']).catch(() => null)
  if (found === null) throw new HarnessError(`Maven (mvn) was not found. ${advice(release)}`)
  await runProgram('mvn', args, 900_000)
}

async function runProgram(path: string, args: readonly string[], limitMs: number): Promise<string> {
  try {
    const { stdout } = await run(path, args, { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 1 << 28 })
    return stdout
  } catch (error) {
    throw new HarnessError(`${path} failed: ${lastWords(error)}`)
  }
}

function lastWords(error: unknown): string {
  const { stdout, stderr } = error as { stdout?: string; stderr?: string }
  const text = `${stdout ?? ''}\n${stderr ?? ''}`.trim()
  return text === '' ? String(error) : text.slice(-2000)
}

function advice(release: Release): string {
  return (
    `Install a JDK (${release.java} or newer) and Maven, on Debian: apt-get install openjdk-17-jdk-headless maven. ` +
    `Or, with Docker instead: docker compose -f ${packageFile('compose.yaml')} up --wait`
  )
}
