// Asks Kafka's own message classes, which run in a Java process.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The Kafka whose classes are asked; as in oracle/pom.xml. */
export const oracleVersion = '4.4.0'

const folder = fileURLToPath(new URL('../oracle/', import.meta.url))
const longestAnswers = 256 * 1024 * 1024

/** The answers to requests, line by line; the requests are described in MessageOracle.java. Throws on an answer that is an error. */
export function askOracle(requests: readonly string[]): string[] {
  const args = ['-cp', join(jarFolder(), '*'), join(folder, 'MessageOracle.java')]
  const { status, stdout, stderr, error } = spawnSync('java', args, {
    input: `${requests.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: longestAnswers
  })
  if (error !== undefined) throw new Error('Java cannot be started: install a JDK, 17 or later', { cause: error })
  if (status !== 0) throw new Error(`The oracle failed: ${stderr}`)
  const answers = stdout.trimEnd().split('\n')
  if (answers.length !== requests.length) throw new Error(`${requests.length} requests, ${answers.length} answers`)
  const refused = answers.findIndex(answer => answer.startsWith('!'))
  if (refused >= 0) throw new Error(`${requests[refused]!.slice(0, 300)}: ${answers[refused]!.slice(1)}`)
  return answers
}

/** Where the jars are, fetched with Maven if need be. SLUICE_KAFKA_CLIENTS names another folder. */
function jarFolder(): string {
  const path =
    process.env['SLUICE_KAFKA_CLIENTS'] ?? join(homedir(), '.cache', 'sluice', 'kafka-clients', oracleVersion)
  mkdirSync(path, { recursive: true })
  const jars = readdirSync(path)
  const complete = ['kafka-clients-', 'jackson-databind-', 'slf4j-nop-'].every(name =>
    jars.some(jar => jar.startsWith(name))
  )
  if (complete) return path
  const pom = join(folder, 'pom.xml')
  execFileSync(
    'mvn',
    ['-q', '-B', '-ntp', '-f', pom, `-Dkafka.version=${oracleVersion}`, `-Djars=${path}`, 'process-resources'],
    { stdio: 'inherit' }
  )
  return path
}
